import io.inframind.TrackedBuild
import io.inframind.Wire

/** Reports that the build has ended, in `post { always { … } }`. A build that somebody aborted is left to be closed. */
def call(Map args = [:]) {
    String outcome = outcomeOf(currentBuild.currentResult)
    if (!outcome) return
    def build = new TrackedBuild(this, args)
    long finished = System.currentTimeMillis()
    long began = (env.INFRAMIND_STARTED_MS ?: currentBuild.startTimeInMillis) as long
    build.harmless {
        build.tell('complete', build.about() + [outcome: outcome, started_at: Wire.rfc3339(began),
            finished_at: Wire.rfc3339(finished), duration_s: (finished - began) / 1000, configuration: Wire.numbersIn(env.INFRAMIND_RAN_WITH)], true)
    }
}

/** An unstable build ran to its end: what it took counts. */
private String outcomeOf(String result) {
    if (result == 'SUCCESS' || result == 'UNSTABLE') return 'success'
    if (env.INFRAMIND_TIMED_OUT) return 'timed_out'
    return result == 'FAILURE' ? 'failed' : ''
}
