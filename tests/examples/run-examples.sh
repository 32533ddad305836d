#!/bin/sh
# Runs the example programs on a short recording, as TAP.
# usage: run-examples.sh LIVE_CAPTIONS CAPTIONS_PY SEW_TRANSCRIBE MODEL_FOLDER RECORDING SPEECH ELEMENTS_MD
set -u
live_captions=$1 captions=$2 sew_transcribe=$3 model=$4 recording=$5 speech=$6 elements_md=$7
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
number=0 failed=0

report() { # STATUS NAME
  number=$((number + 1))
  if [ "$1" = 0 ]; then
    echo "ok $number - $2"
  else
    echo "not ok $number - $2"
    sed 's/^/# /' "$folder/output"
    failed=1
  fi
}

# A test of a command, or a skip for that reason where what it needs is empty.
try() { # NEEDED REASON NAME COMMAND...
  needed=$1 reason=$2 name=$3
  shift 3
  if [ -n "$needed" ]; then
    "$@"
    report $? "$name"
  else
    number=$((number + 1))
    echo "ok $number - $name # SKIP $reason"
  fi
}

count() { # PATTERN [OPTION]
  grep -cE ${2-} "$1" "$folder/output"
}

# Whether a command fails before long, and says no more about it than why a file is no good.
refuses() { # FILE COMMAND...
  refused=$1
  shift
  timeout 20 "$@" </dev/null >"$folder/output" 2>&1
  [ $? = 1 ] && [ "$(count "^[a-z.-]+: $refused: .")" = 1 ] && [ "$(count '^(Load.*|)$' -v)" = 1 ]
}

explains_bad_files() { # NEEDED REASON PROGRAM COMMAND...
  needed=$1 reason=$2 program=$3
  shift 3
  for file in missing empty text silent.mkv; do
    try "$needed" "$reason" "$program says why it can't read a file: $file" \
      refuses "$folder/$file" "$@" "$folder/$file"
  done
}

gst-launch-1.0 -q videotestsrc num-buffers=20 ! jpegenc ! matroskamux \
  ! filesink location="$folder/silent.mkv"
echo 'This is no recording.' >"$folder/text"
: >"$folder/empty"

printf 'seek 0.2\nmodel %s\nnonsense\n' "$model" |
  "$live_captions" -n -m "$model" "$recording" >"$folder/output" 2>&1 &&
  [ "$(count '^ +[0-9.]+ s  [A-Z]')" -gt 0 ] && [ "$(count '^Loaded the model')" -ge 1 ] &&
  [ "$(count '^Commands:')" = 1 ]
report $? 'live-captions prints words, loads another model, seeks and ends'

"$live_captions" -m "$model" -o "$folder/out.mkv" "$recording" </dev/null >"$folder/output" 2>&1 &&
  [ -s "$folder/out.mkv" ]
report $? 'live-captions writes a file'

"$live_captions" -n -m "$folder/nothing" "$recording" </dev/null >"$folder/output" 2>&1
[ $? = 1 ] && [ "$(count "$folder/nothing")" -gt 0 ]
report $? 'live-captions says which model it did not find'

explains_bad_files "$live_captions" '' live-captions "$live_captions" -n

timeout 20 "$live_captions" -m "$model" -o "$folder/missing/out.mkv" "$recording" \
  </dev/null >"$folder/output" 2>&1
[ $? = 1 ] && [ "$(count .)" = 1 ] &&
  [ "$(count "^live-captions: .*$folder/missing/out.mkv.*[(].*No such file or directory[)]")" = 1 ]
report $? "live-captions says why it can't write a file"

refuses "$folder/another.wav" "$live_captions" -n -m "$model" "$recording" "$folder/another.wav"
report $? 'live-captions takes no second file'

cp "$recording" "$folder/same.wav"
refuses "$folder/./same.wav" "$live_captions" -m "$model" -o "$folder/./same.wav" "$folder/same.wav" &&
  cmp "$recording" "$folder/same.wav"
report $? 'live-captions does not write over what it reads'

"$live_captions" -m "$model" -o "$folder/a \"quoted\" name.mkv" "$recording" \
  </dev/null >"$folder/output" 2>&1 && [ -s "$folder/a \"quoted\" name.mkv" ]
report $? 'live-captions writes a file with quotation marks in its name'

python=
for candidate in python3 /usr/bin/python3; do
  "$candidate" -c 'import gi; gi.require_version("Gst", "1.0"); from gi.repository import Gst' \
    2>/dev/null && python=$candidate && break
done

no_python='no PyGObject with GStreamer'

prints_cues() {
  "$python" "$captions" --model "$model" "$recording" >"$folder/output" 2>&1 &&
    [ "$(count '^ +[0-9.]+ - [0-9.]+ s  [A-Z]')" -gt 0 ]
}

prints_documented_words() {
  sed -n '/^```python$/,/^```$/ { /^```/! p }' "$elements_md" >"$folder/documented.py" &&
    cp "$speech" "$folder/speech.ogg" &&
    (cd "$folder" && timeout 60 "$python" documented.py) >"$folder/output" 2>&1 &&
    [ "$(count '^[0-9]+[.][0-9]{2} s  [01][.][0-9]{2}  [A-Z]')" -gt 100 ]
}

try "$python" "$no_python" 'captions.py prints cues' prints_cues
explains_bad_files "$python" "$no_python" captions.py "$python" "$captions" --model "$model"
try "$python" "$no_python" 'the Python of docs/elements.md prints words from the metadata' \
  prints_documented_words

library=
[ -n "$python" ] && "$python" -c 'import gi
gi.require_version("GstApp", "1.0")
gi.require_version("Sew", "1.0")
from gi.repository import GstApp, Sew' 2>/dev/null && library=yes

no_library='no PyGObject with Sew and GstApp'

prints_words() {
  "$python" "$captions" --words --model "$model" "$recording" >"$folder/output" 2>&1 &&
    [ "$(count '^ +[0-9.]+ s  [01][.][0-9]+  [A-Z]')" -gt 0 ]
}

# Another precision would show in the confidences, and the want of a language model in the words.
compare_words() {
  "$sew_transcribe" --quiet --words "$speech" >"$folder/expected" &&
    "$python" "$captions" --words "$speech" >"$folder/words" &&
    paste "$folder/expected" "$folder/words" | awk '
      function differ(a, b, most) { return a - b > most || b - a > most }
      NF != 8 || differ($1, $5, 0.006) || differ($3, $7, 0.006) || $4 != $8 { print; n++ }
      END { exit n > 0 || NR < 100 }'
} >"$folder/output" 2>&1

try "$library" "$no_library" 'captions.py prints words through the library' prints_words
try "$library" "$no_library" 'captions.py reads the words that sew-transcribe reads' compare_words
explains_bad_files "$library" "$no_library" 'captions.py --words' \
  "$python" "$captions" --words --model "$model"

echo "1..$number"
exit $failed
