#!/bin/sh
# Makes sure that there is a Chromium for the browser tests, from the system's own package manager.
# Where that is impossible it says so and goes on: those tests are then skipped, or fail when CI=true.
for name in chromium chromium-browser google-chrome google-chrome-stable; do
    command -v "$name" > /dev/null 2>&1 && exit 0
done
[ -x "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" ] && exit 0
[ -x "/Applications/Chromium.app/Contents/MacOS/Chromium" ] && exit 0
as_root=""
[ "$(id -u)" = 0 ] || as_root="sudo -n"
if command -v apt-get > /dev/null 2>&1 && $as_root true 2> /dev/null; then
    echo "Installing Chromium for the browser tests ..."
    $as_root apt-get update -qq > /dev/null && \
        DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq chromium > /dev/null && exit 0
elif command -v brew > /dev/null 2>&1; then
    echo "Installing Chromium for the browser tests ..."
    brew install --quiet --cask chromium && exit 0
fi
echo "There is no Chromium and it cannot be installed here: the browser tests will be skipped." >&2
exit 0
