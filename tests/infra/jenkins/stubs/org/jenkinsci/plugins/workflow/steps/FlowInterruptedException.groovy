package org.jenkinsci.plugins.workflow.steps

/** What Jenkins throws through a build that somebody aborts or that takes too long. */
class FlowInterruptedException extends Exception {
    List causes

    FlowInterruptedException(String cause) {
        causes = [cause == 'timeout' ? new ExceededTimeout() : new UserInterruption()]
    }

    static class ExceededTimeout {
    }

    static class UserInterruption {
    }
}
