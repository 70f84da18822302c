#!/usr/bin/env bash
# Says whether a function app runs: its state, and whether the host has loaded its functions from the package.
#
#   smoke-test.sh RESOURCE_GROUP APP
#
# SMOKE_TEST_SECONDS (300) is how long it waits, SMOKE_TEST_PAUSE (10) how long between two looks. It starts no run: that the
# next one goes well is for the alerts of infra/ to watch.
set -euo pipefail

if [[ $# -ne 2 ]]; then
  echo "usage: $0 RESOURCE_GROUP APP" >&2
  exit 2
fi
group=$1 app=$2
deadline=$((SECONDS + ${SMOKE_TEST_SECONDS:-300}))

look() {
  local state functions
  state=$(az functionapp show --resource-group "$group" --name "$app" --query "state || properties.state" --output tsv) || return 1
  if [[ $state != Running ]]; then
    seen="its state is '$state'"
    return 1
  fi
  functions=$(az functionapp function list --resource-group "$group" --name "$app" --query "[].name" --output tsv) || return 1
  seen="it has these functions: ${functions//$'\n'/, }"
  grep -qx "$app/forward" <<<"$functions"
}

seen="az gave no answer"
until look; do
  if ((SECONDS >= deadline)); then
    echo "$app does not run: $seen. It should be Running and have the function $app/forward: see its log stream." >&2
    exit 1
  fi
  sleep "${SMOKE_TEST_PAUSE:-10}"
done
echo "$app runs: $seen"
