# Runs a tier: each file of facts on a machine of its own, some at a time since most of them wait, and the sum of it all
# at the end.
#
# A machine is a set of namespaces (lib/machine.sh). Nothing that happens in it reaches this one, and when its first
# process ends, for whatever reason, the kernel takes everything else in it away.

# need_tools TOOL:PACKAGE...: the test command installs them; without them nothing is proven. A tool that begins with a
# slash is a pattern for files.
need_tools() {
  local entry missing=()
  for entry in "$@"; do
    command -v "${entry%%:*}" >/dev/null || compgen -G "${entry%%:*}" >/dev/null || missing+=("${entry#*:}")
  done
  ((${#missing[@]} == 0)) || {
    printf 'not ok missing packages: %s\n' "${missing[*]}"
    printf '0 passed, 1 failed\n'
    exit 1
  }
}

need_root() {
  ((EUID == 0)) && return
  printf 'not ok needs root, to make network namespaces\n0 passed, 1 failed\n'
  exit 1
}

# on_a_machine SETS FACTS: runs one file of facts; its output goes to standard output.
on_a_machine() {
  local sets=$1 facts=$2
  timeout --kill-after=5 "${limit:-900}" \
    env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C \
    unshare --mount --net --pid --ipc --uts --fork --kill-child=KILL --mount-proc --propagation private \
    bash "$here/lib/machine.sh" "$here" "$sets" "$facts" </dev/null 2>&1 ||
    printf 'not ok %s ended early, with status %s\n' "${facts##*/}" "$?"
}

# run_tier SETS FACTS...: the entry of a tier ends with this.
run_tier() {
  local sets=$1 facts started=$SECONDS
  shift
  log=$(mktemp)
  trap 'rm -f "$log"' EXIT
  for facts in "$@"; do
    printf '%s\0' "$facts"
  done | {
    export -f on_a_machine
    export here sets limit
    # shellcheck disable=SC2016  # expanded by the inner shell
    xargs -0 -P "${at_once:-4}" -I{} bash -c '
      out=$(on_a_machine "$sets" "{}")
      printf "# %s, %s seconds, %s of a processor\n%s\n" "$(basename "{}" .sh)" "$SECONDS" "$(awk "{ print int((\$16 + \$17) / 100) }" /proc/$$/stat)" "$out"'
  } | tee "$log"
  printf '# %s seconds\n' "$((SECONDS - started))"
  printf '%s passed, %s failed\n' "$(grep -c '^ok ' "$log")" "$(grep -c '^not ok ' "$log")"
  ! grep -q '^not ok ' "$log"
}
