#!/bin/sh
# Runs the example programs on a short recording, as TAP.
# usage: run-examples.sh LIVE_CAPTIONS CAPTIONS_PY MODEL_FOLDER RECORDING
set -u
live_captions=$1 captions=$2 model=$3 recording=$4
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

skip() { # NAME REASON
  number=$((number + 1))
  echo "ok $number - $1 # SKIP $2"
}

count() { # PATTERN
  grep -cE "$1" "$folder/output"
}

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

# fails with one line that names the file and says that
complains() { # PROGRAM FILE REASON ARGUMENT…
  program=$1 file=$2 reason=$3
  shift 3
  timeout 30 "$@" </dev/null >"$folder/output" 2>&1
  [ $? = 1 ] && [ "$(count "^$program: .*$file.*$reason")" = 1 ] && [ "$(count CRITICAL)" = 0 ]
}

gst-launch-1.0 -q videotestsrc num-buffers=5 ! jpegenc ! matroskamux \
  ! filesink location="$folder/silent.mkv"
echo 'no recording' >"$folder/text.wav"
complains live-captions silent.mkv 'no sound' "$live_captions" -n -m "$model" "$folder/silent.mkv" &&
  complains live-captions missing.wav '' "$live_captions" -n -m "$model" "$folder/missing.wav" &&
  complains live-captions text.wav '' "$live_captions" -n -m "$model" "$folder/text.wav" &&
  complains live-captions "$recording" 'too many' "$live_captions" -n "$recording" "$recording" &&
  complains live-captions nowhere/out.mkv '' \
    "$live_captions" -m "$model" -o "$folder/nowhere/out.mkv" "$recording"
report $? 'live-captions says what is wrong with a file'

python=
for candidate in python3 /usr/bin/python3; do
  "$candidate" -c 'import gi; gi.require_version("Gst", "1.0"); from gi.repository import Gst' \
    2>/dev/null && python=$candidate && break
done

name='captions.py prints cues'
if [ -n "$python" ]; then
  "$python" "$captions" --model "$model" "$recording" >"$folder/output" 2>&1 &&
    [ "$(count '^ +[0-9.]+ - [0-9.]+ s  [A-Z]')" -gt 0 ] &&
    complains captions.py text.wav '' "$python" "$captions" --model "$model" "$folder/text.wav"
  report $? "$name"
else
  skip "$name" 'no PyGObject with GStreamer'
fi

name='captions.py prints words through the library'
if [ -n "$python" ] && "$python" -c 'import gi
gi.require_version("GstApp", "1.0")
gi.require_version("Sew", "1.0")
from gi.repository import GstApp, Sew' 2>/dev/null; then
  "$python" "$captions" --words --model "$model" "$recording" >"$folder/output" 2>&1 &&
    [ "$(count '^ +[0-9.]+ s  [01][.][0-9]+  [A-Z]')" -gt 0 ] &&
    complains captions.py text.wav '' "$python" "$captions" --words --model "$model" "$folder/text.wav"
  report $? "$name"
else
  skip "$name" 'no PyGObject with Sew and GstApp'
fi

echo "1..$number"
exit $failed
