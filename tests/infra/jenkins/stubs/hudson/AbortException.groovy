package hudson

/** What Jenkins' steps throw when they fail. */
class AbortException extends IOException {
    AbortException(String message) {
        super(message)
    }
}
