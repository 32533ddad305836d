#!/bin/sh
# The rules of the house that a machine can check, as TAP.
# usage: check-rules.sh SOURCE_ROOT LIBRARY INCLUDE_DIR_OF_THE_VERSION_HEADER
set -u
root=$1 library=$2 generated=$3
number=0 failed=0

report() { # STATUS NAME
  number=$((number + 1))
  if [ "$1" = 0 ]; then
    echo "ok $number - $2"
  else
    echo "not ok $number - $2"
    failed=1
  fi
}

report_violations() { # NAME VIOLATIONS
  [ -z "$2" ] || printf '%s\n' "$2" | sed 's/^/# /'
  [ -z "$2" ]
  report $? "$1"
}

cd "$root" || exit 1

report_violations 'include/ and src/ know nothing of GStreamer' \
  "$(grep -rnE '#include *[<"]gst/' include src)"

report_violations 'gst/, tools/ and examples/ include only <sew/sew.h> of the library' \
  "$(grep -rnE '#include *[<"]sew/' gst tools examples | grep -v '<sew/sew\.h>')"

report_violations 'gst/, tools/ and examples/ reach into no room of src/' \
  "$(grep -rnE '#include *"(model|encoder|decoder|stream|math)/' gst tools examples)"

sideways() {
  for pair in encoder:decoder encoder:stream decoder:encoder decoder:stream stream:encoder \
    stream:decoder model:encoder model:decoder model:stream math:encoder math:decoder math:stream \
    threads:encoder threads:decoder threads:stream threads:model threads:math math:threads; do
    grep -rnE "#include \"${pair#*:}/" "src/${pair%:*}"
  done
}
report_violations 'the rooms of src/ do not include each other sideways' "$(sideways)"

report_violations 'src/math/ knows no GObject' \
  "$(grep -rnE '#include *<(glib-object|gio/)' src/math)"

report_violations 'the library and the plugin change nothing for the whole process' \
  "$(grep -rnE '\b(openblas_set_num_threads|setenv|putenv|setlocale|fesetround) *\(' src gst)"

report_violations 'the library and the plugin neither print nor exit' \
  "$(grep -rnE '\b(printf|puts|g_print|g_printerr|perror|exit|abort) \(' src gst include)"

compile_headers() {
  for header in include/sew/*.h; do
    echo "#include <sew/$(basename "$header")>" |
      ${CC:-cc} -x c -std=c11 -Wall -Wextra -Werror -fsyntax-only -Iinclude -I"$generated" \
        $(pkg-config --cflags gio-2.0) - || echo "$header"
  done
}
report_violations 'every public header compiles alone, as plain C11' "$(compile_headers 2>&1)"

declared=$(cat include/sew/*.h include/sew/*.h.in | grep -A3 -E '^SEW_API' |
  grep -oE '\bsew_[a-z0-9_]+ \(' | tr -d ' (' | sort -u)
types=$(grep -ohE 'G_DECLARE_FINAL_TYPE \([A-Za-z]+, [a-z_]+' include/sew/*.h |
  sed 's/.*, \(.*\)/\1_get_type/')
wanted=$(printf '%s\n%s\n' "$declared" "$types" | sort -u)
exported=$(nm -D --defined-only "$library" | awk '{ print $3 }' | sort -u)
if [ "$wanted" = "$exported" ]; then status=0; else status=1; fi
[ $status = 0 ] || {
  echo "# declared, not exported, and the other way round:"
  printf '%s\n%s\n' "$wanted" "$exported" | sort | uniq -u | sed 's/^/#   /'
}
report $status 'the library exports what its headers declare, and nothing else'

sources=$(find src include gst tools tests examples -name '*.[ch]')
report_violations 'every source file names its licence' \
  "$(grep -L 'SPDX-License-Identifier: MIT' $sources)"

if command -v clang-format >/dev/null; then
  report_violations 'every source file is formatted' \
    "$(clang-format --dry-run $sources 2>&1 | grep -E 'warning|error')"
else
  number=$((number + 1))
  echo "ok $number - every source file is formatted # SKIP no clang-format"
fi

echo "1..$number"
exit $failed
