import io.inframind.TrackedBuild
import io.inframind.Wire
import org.jenkinsci.plugins.workflow.steps.FlowInterruptedException

/** Runs a body as it would run by itself, and reports how long it took, how it ended, and what the agent counted. */
def call(Map args = [:], Closure body) {
    def build = new TrackedBuild(this, args)
    String name = args.name ?: env.STAGE_NAME ?: 'stage'
    Map before = [:]
    build.harmless { before = build.measured() }
    long began = System.currentTimeMillis()
    try {
        body()
    } catch (FlowInterruptedException interruption) {
        if (tookTooLong(interruption)) {
            env.INFRAMIND_TIMED_OUT = '1'
            report(build, name, began, before, [outcome: 'timed_out'])
        }
        throw interruption
    } catch (Exception failure) {
        report(build, name, began, before, [outcome: 'failed', exit_code: Wire.exitCode(failure)])
        throw failure
    }
    report(build, name, began, before, [outcome: 'success', exit_code: 0])
}

private void report(TrackedBuild build, String name, long began, Map before, Map ended) {
    long finished = System.currentTimeMillis()
    build.harmless {
        Map risen = Wire.since(before, build.measured())
        BigDecimal seconds = (finished - began) / 1000
        Map said = [run_id: build.runId(), pipeline: build.pipeline(), step: name.take(200), duration_s: seconds,
            started_at: Wire.rfc3339(began), finished_at: Wire.rfc3339(finished), cache_hits: risen.cache_hits,
            cache_misses: risen.cache_misses, read_bytes: risen.read_bytes, written_bytes: risen.written_bytes]
        if (risen.cpu_usec != null) said.cpu_seconds = risen.cpu_usec / 1000000
        if (said.cpu_seconds != null && seconds > 0) said.mean_cores = said.cpu_seconds / seconds
        if (ended.outcome == 'failed' && risen.oom_kills) ended.outcome = 'out_of_memory'
        build.tell('step', said + ended)
    }
}

@com.cloudbees.groovy.cps.NonCPS
private static boolean tookTooLong(FlowInterruptedException interruption) {
    interruption.causes.any { it.class.simpleName == 'ExceededTimeout' }
}
