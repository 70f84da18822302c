#!/usr/bin/env bash
# Puts a package onto a function app, tries it, and puts the former package back when it does not work.
#
#   deploy.sh RESOURCE_GROUP APP PACKAGE.zip [FORMER_PACKAGE.zip]
#
# Needs a login of `az` that may publish to the app (Website Contributor on it). Exits with 1 when the new package does not
# work, whether or not the former one was put back; progress is in the state table, so neither loses or repeats anything.
set -euo pipefail

if [[ $# -lt 3 || $# -gt 4 ]]; then
  echo "usage: $0 RESOURCE_GROUP APP PACKAGE.zip [FORMER_PACKAGE.zip]" >&2
  exit 2
fi
group=$1 app=$2 package=$3 former=${4:-}
for file in "$package" ${former:+"$former"}; do
  if [[ ! -s $file ]]; then
    echo "$file is not there or empty: give the path of an app.zip of 'npm run package'." >&2
    exit 2
  fi
done
here=$(cd "$(dirname "$0")" && pwd)

publish() {
  az functionapp deployment source config-zip --resource-group "$group" --name "$app" --src "$1" --output none
}

echo "Publishing $package to $app"
if publish "$package" && "$here/smoke-test.sh" "$group" "$app"; then
  echo "$app runs $package"
  exit 0
fi
if [[ -z $former ]]; then
  echo "$package does not work on $app, and there is no former package to put back: name one, or stop the app." >&2
  exit 1
fi
echo "$package does not work on $app: putting $former back" >&2
publish "$former"
"$here/smoke-test.sh" "$group" "$app"
echo "$app runs $former again" >&2
exit 1
