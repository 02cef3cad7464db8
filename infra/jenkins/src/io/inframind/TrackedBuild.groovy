package io.inframind

import org.jenkinsci.plugins.workflow.steps.FlowInterruptedException

/**
 * One build as the platform knows it. What is to be remembered from step to step stands in `env`, so that it survives a
 * restart of Jenkins. Nothing here fails a build: every trouble becomes a line in its log.
 */
class TrackedBuild implements Serializable {
    private static final long serialVersionUID = 1L
    private static final String PREFIX = '/api/v1/builds/'
    private final def script
    private final Map args

    TrackedBuild(def script, Map args) {
        this.script = script
        this.args = args ?: [:]
    }

    String pipeline() {
        if (args.pipeline) return args.pipeline as String
        if (script.env.INFRAMIND_PIPELINE) return script.env.INFRAMIND_PIPELINE
        // The last part of a multibranch job's name is its branch; its builds belong together all the same.
        String name = script.env.JOB_NAME ?: 'build'
        return script.env.BRANCH_NAME && name.contains('/') ? name.substring(0, name.lastIndexOf('/')) : name
    }

    /** A name that nobody knows before the build begins: whoever speaks of a build first owns it. */
    String runId() {
        if (!script.env.INFRAMIND_RUN_ID) {
            String tag = script.env.BUILD_TAG ?: "jenkins-${pipeline()}-${script.env.BUILD_NUMBER}"
            script.env.INFRAMIND_RUN_ID = "${tag}-${UUID.randomUUID().toString().replace('-', '').substring(16)}".toString()
        }
        return script.env.INFRAMIND_RUN_ID
    }

    boolean release() {
        return (args.release ?: script.env.TAG_NAME) as boolean
    }

    Map about() {
        return [
            run_id: runId(),
            pipeline: pipeline(),
            host: script.env.NODE_NAME,
            repository: script.env.GIT_URL,
            branch: script.env.BRANCH_NAME ?: script.env.GIT_BRANCH,
            commit: script.env.GIT_COMMIT,
            release: release(),
            suggestion_id: script.env.INFRAMIND_SUGGESTION_ID,
        ]
    }

    /** What the agent offers and counts, as numbers by name; nothing where it cannot tell. */
    Map measured() {
        String measure = script.libraryResource('io/inframind/measure.sh')
        return Wire.numbers(script.sh(script: measure, returnStdout: true, label: 'InfraMind: measure') as String)
    }

    /** What `post.sh` prints for a body posted to a path; empty where there is no platform. `event` is what it is kept by. */
    String post(String path, String body, String event = '') {
        String url = (args.url ?: script.env.INFRAMIND_URL ?: '') as String
        if (!url) {
            script.echo('InfraMind: INFRAMIND_URL is not set')
            return ''
        }
        List given = ["INFRAMIND_URL=${trimmed(url)}", "INFRAMIND_PATH=${path}", "INFRAMIND_BODY=${body}",
            "INFRAMIND_TIMEOUT=${args.timeout ?: 5}", "INFRAMIND_EVENT=${event}"]
        String send = script.libraryResource('io/inframind/post.sh')
        String printed = ''
        String credentialsId = args.credentialsId ?: script.env.INFRAMIND_CREDENTIALS_ID ?: 'inframind-key'
        script.withCredentials([script.string(credentialsId: credentialsId, variable: 'INFRAMIND_KEY')]) {
            script.withEnv(given) {
                printed = script.sh(script: send, returnStdout: true, label: "InfraMind: ${path}") as String
            }
        }
        return printed
    }

    /**
     * Posts an event, which the agent keeps when there is no answer. A platform that did not answer is not asked again
     * until the last event of the build; once that is taken, the agent sends what it has kept.
     */
    void tell(String kind, Map said, boolean isLast = false) {
        boolean waits = script.env.INFRAMIND_AWAY && !isLast
        int status = Wire.status(post(PREFIX + kind, Wire.json(said), waits ? 'later' : isLast ? 'last' : 'now'))
        if (status == 0) script.env.INFRAMIND_AWAY = '1'
        if (waits || (status >= 200 && status <= 299)) return
        script.echo("InfraMind: ${kind} is not reported (${status ?: 'no answer'})")
    }

    /** Does something that may fail without failing the build; that somebody aborts the build is passed on. */
    void harmless(Closure something) {
        try {
            if (script.isUnix()) something()
            else script.echo('InfraMind: agents with sh only')
        } catch (FlowInterruptedException interruption) {
            throw interruption
        } catch (Exception | NoSuchMethodError trouble) {
            script.echo("InfraMind: ${trouble.message ?: trouble.toString()}")
        }
    }

    private static String trimmed(String url) {
        return url.endsWith('/') ? url.substring(0, url.length() - 1) : url
    }
}
