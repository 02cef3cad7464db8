# What the actions share; they source it. The command line lies beside this folder and needs nothing but Python.

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# Sets PYTHON; fails, and says why, where there is none.
find_python() {
    for PYTHON in python3 python; do
        if "$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then return 0; fi
    done
    echo "::warning title=InfraMind::Python 3.11 or newer is needed (actions/setup-python): nothing is suggested or reported"
    return 1
}

inframind() {
    PYTHONPATH="$HERE/../../layers/core${PYTHONPATH:+:$PYTHONPATH}" "$PYTHON" -B -m inframind.ci "$@"
}

# The access key: as given, or out of the parameter store with the AWS credentials of the job. Masked in the log.
find_key() {
    INFRAMIND_KEY=${INPUT_KEY:-}
    if [ -z "$INFRAMIND_KEY" ] && [ -n "${INPUT_KEY_PARAMETER:-}" ]; then
        if INFRAMIND_KEY=$(timeout 10 aws ssm get-parameter --name "$INPUT_KEY_PARAMETER" --with-decryption \
            --query Parameter.Value --output text) && [ -n "$INFRAMIND_KEY" ]; then
            echo "::add-mask::$INFRAMIND_KEY"
        else
            INFRAMIND_KEY=
            echo "::warning title=InfraMind::the parameter $INPUT_KEY_PARAMETER cannot be read"
        fi
    fi
    export INFRAMIND_KEY
}

# The same name on every push; a repository may have many workflows and jobs.
name_pipeline() {
    INFRAMIND_PIPELINE=${INPUT_PIPELINE:-${INFRAMIND_PIPELINE:-${GITHUB_REPOSITORY:-build}/${GITHUB_WORKFLOW:-workflow}/${GITHUB_JOB:-job}}}
    export INFRAMIND_PIPELINE
}
