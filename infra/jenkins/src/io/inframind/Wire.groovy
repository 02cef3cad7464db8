package io.inframind

import com.cloudbees.groovy.cps.NonCPS
import groovy.json.JsonOutput
import groovy.json.JsonSlurperClassic

/**
 * What is said to the platform and what it answers, as text and plain maps. Everything here runs in one go (NonCPS): what
 * cannot be serialized (a parser, a matcher, an entry of a map) never lives across a step.
 */
class Wire implements Serializable {
    private static final long serialVersionUID = 1L
    private static final int MOST_JOBS = 1024

    /** JSON of a map without what is not known. */
    @NonCPS
    static String json(Map said) {
        JsonOutput.toJson(known(said))
    }

    @NonCPS
    private static Map known(Map said) {
        Map kept = [:]
        said.each { name, value ->
            def told = value instanceof Map ? known(value) : value
            if (told != null && told != '' && told != [:]) kept[name as String] = told
        }
        kept
    }

    /** The map of numbers that `json` wrote; null where there is none. */
    @NonCPS
    static Map numbersIn(String text) {
        text ? new JsonSlurperClassic().parseText(text) as Map : null
    }

    /** Numbers out of NAME=VALUE lines; other lines are passed over. */
    @NonCPS
    static Map numbers(String lines) {
        Map found = [:]
        (lines ?: '').split('\n').each { line ->
            int at = line.indexOf('=')
            String value = at > 0 ? line.substring(at + 1).trim() : ''
            if (value ==~ /[0-9]+(\.[0-9]+)?/) found[line.substring(0, at).trim()] = value as BigDecimal
        }
        found
    }

    /** What came after `before`, of the counters that both have and that did not start anew. */
    @NonCPS
    static Map since(Map before, Map after) {
        Map risen = [:]
        after.each { name, value ->
            if (before[name] != null && value >= before[name]) risen[name] = value - before[name]
        }
        risen
    }

    /** The status on the last line of what `post.sh` prints; 0 when there is none. */
    @NonCPS
    static int status(String printed) {
        String last = (printed ?: '').trim().tokenize('\n').with { it ? it.last().trim() : '' }
        last ==~ /[0-9]{3}/ ? last as int : 0
    }

    /** The suggestion in what `post.sh` prints; null where it is none that makes sense. */
    @NonCPS
    static Map suggestion(String printed) {
        if (status(printed) != 200) return null
        try {
            def answer = new JsonSlurperClassic().parseText(printed.substring(0, printed.lastIndexOf('\n')))
            if (!(answer instanceof Map) || !(answer.configuration instanceof Map)) return null
            Map chosen = answer.configuration
            Map found = [
                concurrency: number(chosen.concurrency, 1, MOST_JOBS) as int,
                cpus: number(chosen.cpus, 0.01, 1024),
                memory_gb: number(chosen.memory_gb, 0.01, 65536),
                cache_gb: number(chosen.cache_gb ?: 0, 0, 65536),
            ]
            String id = answer.id ==~ /[\w.:\/=+-]{1,200}/ ? answer.id : ''
            [configuration: found, id: id, isDefault: answer.is_default == true, reason: readable(answer.reason)]
        } catch (Exception | StackOverflowError ignored) {
            null
        }
    }

    @NonCPS
    private static BigDecimal number(Object value, BigDecimal least, BigDecimal most) {
        if (!(value instanceof Number)) throw new IllegalArgumentException("$value")
        BigDecimal found = value as BigDecimal
        if (found < least || found > most) throw new IllegalArgumentException("$value")
        found
    }

    @NonCPS
    private static String readable(Object text) {
        (text ?: 'suggested').toString().replaceAll(/[\p{Cntrl}\u2028-\u202e\u2066-\u2069]+/, ' ').take(500)
    }

    /** NAME=VALUE for everything that a build and its tools should find in their environment. */
    @NonCPS
    static List variables(Map configuration, String suggestionId, boolean isDefault, String makeflags) {
        Map named = configuration.collectEntries { name, value -> ["INFRAMIND_${name.toUpperCase()}".toString(), value] }
        named.CMAKE_BUILD_PARALLEL_LEVEL = named.CARGO_BUILD_JOBS = configuration.concurrency
        named.MAKEFLAGS = makeflagsWith(makeflags, configuration.concurrency as int)
        if (suggestionId) named.INFRAMIND_SUGGESTION_ID = suggestionId
        if (configuration.cache_gb > 0) named.CCACHE_MAXSIZE = "${plain(configuration.cache_gb)}G"
        else if (!isDefault) named.CCACHE_DISABLE = '1' // a default, which has learnt nothing, takes no cache away
        named.collect { name, value -> "${name}=${plain(value)}".toString() }
    }

    @NonCPS
    private static String makeflagsWith(String given, int jobs) {
        if (given?.contains('--jobserver')) return given
        List others = (given ?: '').tokenize(' ').findAll { !(it ==~ /-j\d*|--jobs.*/) }
        (others + "-j$jobs").join(' ')
    }

    @NonCPS
    private static String plain(Object value) {
        value instanceof BigDecimal ? (value == 0 ? '0' : value.stripTrailingZeros().toPlainString()) : "$value"
    }

    /** The exit code in the message with which a `sh` step fails; null where it has none. */
    @NonCPS
    static Integer exitCode(Throwable error) {
        def found = (error?.message ?: '') =~ /exit code (-?\d+)/
        found.find() ? found.group(1) as Integer : null
    }

    /** RFC 3339 of epoch milliseconds. */
    @NonCPS
    static String rfc3339(long ms) {
        java.time.Instant.ofEpochMilli(ms).toString()
    }
}
