# Installs what the browser tests need beside .NET: Chromium, and axe-core, which judges how accessible a page is.
# Sourced by eng/test.sh.

install_browser() {
    if ! command -v chromium > /dev/null || ! command -v npm > /dev/null; then
        if [ "$(id -u)" != 0 ]; then
            echo "The browser tests need Chromium and npm. Install them (on Debian: apt-get install chromium npm)." >&2
            exit 1
        fi

        local packages=()
        command -v chromium > /dev/null || packages+=(chromium)
        command -v npm > /dev/null || packages+=(nodejs npm)
        apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}" > /dev/null
    fi

    [ -f tests/browser/node_modules/axe-core/axe.min.js ] || (cd tests/browser && npm ci --ignore-scripts --no-audit --no-fund --silent)
}
