import io.inframind.TrackedBuild
import io.inframind.Wire

/** Asks what this build should run with and puts it into the environment; what the agent offers, when nobody answers. */
def call(Map args = [:]) {
    def build = new TrackedBuild(this, args)
    env.INFRAMIND_STARTED_MS = "${System.currentTimeMillis()}".toString()
    env.INFRAMIND_PIPELINE = build.pipeline()
    build.runId()
    Map found = null
    Map offered = [:]
    build.harmless {
        offered = build.measured()
        Map context = [cpus: offered.cpus, memory_gb: offered.memory_gb, branch: env.BRANCH_NAME ?: env.GIT_BRANCH]
        context.putAll(args.params ?: [:])
        Map asked = [pipeline: build.pipeline(), release: build.release(), objective: args.objective ?: 'time',
            weight: args.weight, context: context]
        String printed = build.post('/api/v1/optimize', Wire.json(asked))
        found = Wire.suggestion(printed)
        if (Wire.status(printed) == 0) env.INFRAMIND_AWAY = '1'
    }
    boolean isDefault = found == null || found.isDefault
    Map chosen = found?.configuration ?: defaults(args, offered)
    List variables = Wire.variables(chosen, found?.id ?: '', isDefault, env.MAKEFLAGS ?: '')
    for (int i = 0; i < variables.size(); i++) {
        String line = variables[i]
        String name = line.substring(0, line.indexOf('='))
        env."${name}" = line.substring(line.indexOf('=') + 1)
    }
    Map ranWith = chosen
    if (!args.objective || args.objective == 'time') { // the agent is there already, whatever was suggested
        ranWith = chosen + [cpus: offered.cpus ?: chosen.cpus, memory_gb: offered.memory_gb ?: chosen.memory_gb]
    }
    env.INFRAMIND_RAN_WITH = Wire.json(ranWith)
    echo("InfraMind: ${chosen.concurrency} jobs, ${chosen.cpus} cores, ${chosen.memory_gb} GB memory: " +
        "${found?.reason ?: 'no suggestion, so a job for each core'}")
    build.harmless {
        build.tell('start', build.about() + [started_at: Wire.rfc3339(env.INFRAMIND_STARTED_MS as long),
            context: [cpus: offered.cpus, memory_gb: offered.memory_gb] + (args.params ?: [:]), configuration: ranWith])
    }
    return chosen
}

/** A job for each core that the agent has, unless the Jenkinsfile says otherwise. */
private Map defaults(Map args, Map offered) {
    Map own = [concurrency: Math.max(1, (offered.cpus ?: 2) as int), cpus: offered.cpus ?: 2.0,
        memory_gb: offered.memory_gb ?: 8.0, cache_gb: 0.0]
    return own + (args.defaults ?: [:])
}
