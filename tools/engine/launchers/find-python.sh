# Sets $python: the interpreter that has the Pulumi SDK of the project at hand. To be sourced.
# In turn: the one that was named, the engine's `virtualenv` option (it gives it to providers), the same option read from
# the nearest Pulumi.yaml that has it (language hosts get it too late), an active virtual environment, and what is on PATH.

virtualenv_of_project() {
    folder=$PWD
    while ! grep -qs '^[[:space:]]*virtualenv:' "$folder/Pulumi.yaml"; do
        [ "$folder" = / ] && return
        folder=$(dirname "$folder")
    done
    option=$(sed -n 's/^[[:space:]]*virtualenv:[[:space:]]*["'\'']\{0,1\}\([^"'\''#]*[^"'\''#[:space:]]\).*/\1/p' "$folder/Pulumi.yaml" | head -n 1)
    case $option in
        '') ;;
        /*) echo "$option" ;;
        *) echo "$folder/$option" ;;
    esac
}

python=${PULUMI_SENTINELHUB_PYTHON:-}
if [ -z "$python" ]; then
    for environment in "${PULUMI_RUNTIME_VIRTUALENV:-}" "$(virtualenv_of_project)" "${VIRTUAL_ENV:-}"; do
        if [ -n "$environment" ] && [ -x "$environment/bin/python" ]; then
            python=$environment/bin/python
            break
        fi
    done
fi
python=${python:-$(command -v python3 || command -v python || echo python3)}
