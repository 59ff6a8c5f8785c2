# SPDX-License-Identifier: Apache-2.0
# ./dev demo: something to look at within a minute. Sourced by dev.

source tools/dev/build.sh

# serve COMMAND...: in the foreground; signals go to the program, which ends cleanly by itself.
serve() {
  local status=0
  "$@" &
  local child=$!
  trap 'kill -TERM $child 2>/dev/null || :' TERM HUP
  # A terminal sends Ctrl-C to the program too; from anywhere else it has to be handed on.
  if [[ -t 0 ]]; then trap : INT; else trap 'kill -TERM $child 2>/dev/null || :' INT; fi
  # `wait` also returns for a signal to this script; a program that ended meanwhile is asked for its status once more.
  wait $child || status=$?
  while ((status > 128)); do
    local again=0
    wait $child || again=$?
    ((again != 127)) || break
    status=$again
    kill -0 $child 2>/dev/null || break
  done
  trap - TERM HUP INT
  ((status == 0)) || fail "tapewire ended with status $status; its message stands above"
  say "demo: ended ($(spent "$started"))"
}

verb_demo() {
  local real=no speed=60x given=no config=config/demo.toml
  while (($#)); do
    case $1 in
      --real) real=yes; shift ;;
      --speed) speed=${2:?--speed needs a value, e.g. 60x}; given=yes; shift 2 ;;
      *) fail "unknown option '$1' (there are --real and --speed 60x)" ;;
    esac
  done
  build_release
  local program=$root/build/release/tapewire data=$root/build/demo-data
  rm -rf "$data"
  if [[ $real == yes ]]; then
    local recorded=$root/../shared/real
    [[ -d $recorded ]] || fail "no recorded data at ../shared/real; ./dev demo shows a simulated market instead"
    say "Replaying recorded prices and headlines from ../shared/real at $speed (Ctrl-C ends it)"
    serve "$program" replay --bars "$recorded/minute_aggs_v1" --news "$recorded/news" --data "$data" \
      --speed "$speed" --serve
  else
    if [[ $given == yes ]]; then
      config=build/demo.toml
      sed "s/^speed *=.*/speed = \"$speed\"/" config/demo.toml >"$config"
      grep -qxF "speed = \"$speed\"" "$config" || fail "config/demo.toml sets no speed"
    fi
    say "SIMULATED MARKET: invented companies, invented prices, invented news (Ctrl-C ends it)"
    [[ $given == yes ]] || say "Something to watch: NYDO at 11:04, half a minute after the start (choose it on the page)"
    serve "$program" run --config "$config" --data "$data"
  fi
}
