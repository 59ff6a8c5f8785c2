# SPDX-License-Identifier: Apache-2.0
# ./dev build: the release build with the page inside. Sourced by dev.

# page_is_stale: whether a file of web/ that goes into the page is newer than web/dist.
page_is_stale() {
  [[ -f web/dist/index.html ]] || return 0
  [[ -n $(find web -path web/node_modules -prune -o -path web/dist -prune -o -type f -newer web/dist/index.html -print \
    -quit) ]]
}

build_page() { (cd web && npm run --silent build) && touch web/dist/index.html; }

ensure_page() {
  if page_is_stale; then step "building the web page" build_page; fi
}

build_release() {
  ensure build web
  ensure_page
  step "compiling the release build ($(jobs) jobs)" compile release tapewire
}

verb_build() {
  say "Building build/release/tapewire"
  build_release
  say "build: build/release/tapewire is ready ($(spent "$started"))"
}
