// A small Jenkins: runs a pipeline script with the library's steps loaded as Jenkins loads them, and prints as JSON what
// became of the build. Arguments: library folder, pipeline script, settings (JSON: env, credentials, result, unix).
// `sh` runs real shells; `env` outlives steps as in Jenkins; what a step leaves in `env` must be text, and what the
// library keeps across a step must be serializable, as Jenkins demands.
import groovy.json.JsonOutput
import groovy.json.JsonSlurper
import org.codehaus.groovy.control.CompilerConfiguration
import org.jenkinsci.plugins.workflow.steps.FlowInterruptedException

class Env {
    Map<String, String> kept = [:]
    List<Map<String, String>> layers = []

    def getProperty(String name) {
        if (name in ['kept', 'layers']) return this.@"$name"
        all()[name]
    }

    void setProperty(String name, Object value) {
        if (!(value instanceof String)) throw new IllegalArgumentException("env.$name = ${value?.class}: not a String")
        kept[name] = value
    }

    Map<String, String> all() {
        Map<String, String> found = [:]
        found.putAll(this.@kept)
        this.@layers.each { found.putAll(it) }
        found
    }
}

class Jenkins {
    File library
    Env env = new Env()
    Map credentials = [:]
    boolean unix = true
    List<String> lines = []
    List<String> masked = []
    Closure stages
    Closure post
    Map currentBuild = [startTimeInMillis: System.currentTimeMillis(), currentResult: 'SUCCESS']
    Binding binding = new Binding()
    GroovyClassLoader loader

    void start() {
        binding.setVariable('any', 'any')
        def folders = [new File(library, 'src').toURI().toURL()] as URL[]
        loader = new GroovyClassLoader(new URLClassLoader(folders, Jenkins.classLoader), new CompilerConfiguration())
        loader.addURL(folders[0])
        binding.setVariable('env', env)
        binding.setVariable('currentBuild', currentBuild)
    }

    Object run(File file) {
        def script = loader.parseClass(file.text.replaceFirst(/(?m)^@Library.*$/, ''), file.name).newInstance(binding) as Script
        script.metaClass.methodMissing = { String name, Object args -> this.step(name, args as List) }
        script.run()
    }

    Object step(String name, List args) {
        survives(args)
        def own = Steps.metaClass.respondsTo(Steps, name)
        if (own) return new Steps(this)."$name"(*args)
        def file = new File(library, "vars/${name}.groovy")
        if (!file.exists()) throw new NoSuchMethodError("No such DSL method '$name' found among steps")
        def script = loader.parseClass(file.text, "${name}.groovy").newInstance(binding) as Script
        script.metaClass.methodMissing = { String step, Object given -> this.step(step, given as List) }
        script.call(*args)
    }

    /** Jenkins may save the build at any step: what is handed to it has to survive that. */
    private void survives(List args) {
        args.findAll { !(it instanceof Closure) }.each {
            new ObjectOutputStream(new ByteArrayOutputStream()).writeObject(it)
        }
    }
}

class Steps {
    private final Jenkins jenkins

    Steps(Jenkins jenkins) { this.jenkins = jenkins }

    def echo(String line) { jenkins.lines << line; null }

    boolean isUnix() { jenkins.unix }

    // Declarative pipelines, as far as the example goes: stages run in order, what follows `post` runs in any case.
    def agent(Object any) { null }

    def options(Closure body) { null }

    def stages(Closure body) { jenkins.stages = body; null }

    def steps(Closure body) { body() }

    def post(Closure body) { jenkins.post = body; null }

    def always(Closure body) { body() }

    def stage(String name, Closure body) { inside([STAGE_NAME: name], body) }

    def pipeline(Closure body) {
        body()
        try {
            jenkins.stages()
        } catch (Exception failure) {
            jenkins.currentBuild.currentResult = failure instanceof FlowInterruptedException ? 'ABORTED' : 'FAILURE'
            throw failure
        } finally {
            if (jenkins.post) jenkins.post()
        }
    }

    def error(String reason) { throw new hudson.AbortException(reason) }

    def abort(String cause) { throw new FlowInterruptedException(cause) }

    String libraryResource(String path) { new File(jenkins.library, "resources/$path").getText('UTF-8') }

    Map string(Map args) { args }

    def withCredentials(List bindings, Closure body) {
        Map given = bindings.collectEntries {
            def secret = jenkins.credentials[it.credentialsId]
            if (secret == null) throw new hudson.AbortException("Could not find credentials entry with ID '${it.credentialsId}'")
            jenkins.masked << secret
            [it.variable, secret]
        }
        inside(given, body)
    }

    def withEnv(List lines, Closure body) {
        inside(lines.collectEntries { [it.toString().split('=', 2)[0], it.toString().split('=', 2)[1]] }, body)
    }

    private def inside(Map given, Closure body) {
        jenkins.env.layers << given
        try { body() } finally { jenkins.env.layers.pop() }
    }

    def sh(String script) { sh(script: script) }

    def sh(Map args) {
        def file = File.createTempFile('script', '.sh')
        file.text = args.script
        def command = args.script.startsWith('#!') ? ['sh', file.path] : ['sh', '-xe', file.path]
        def builder = new ProcessBuilder(command)
        builder.environment().clear()
        builder.environment().putAll(jenkins.env.all())
        def process = builder.start()
        def (out, err) = [new StringBuilder(), new StringBuilder()]
        process.waitForProcessOutput(out, err)
        file.delete()
        String text = args.returnStdout ? "$err" : "$out$err"
        text.readLines().each { line -> jenkins.lines << jenkins.masked.inject(line) { said, key -> said.replace(key, '****') } }
        if (process.exitValue() != 0) throw new hudson.AbortException("script returned exit code ${process.exitValue()}")
        args.returnStdout ? out.toString() : null
    }
}

def settings = new JsonSlurper().parseText(args[2])
def jenkins = new Jenkins(library: new File(args[0]), credentials: settings.credentials ?: [:], unix: settings.unix != false)
settings.env.each { name, value -> jenkins.env.kept[name] = value as String }
jenkins.currentBuild.currentResult = settings.result ?: 'SUCCESS'
jenkins.start()
def failure = null
try {
    jenkins.run(new File(args[1]))
} catch (Exception | Error problem) {
    failure = "${problem.class.simpleName}: ${problem.message}".toString()
}
println JsonOutput.toJson([failure: failure, result: jenkins.currentBuild.currentResult, env: jenkins.env.kept, lines: jenkins.lines])
