#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Captions from Python, in two ways.

    captions.py FILE             the subtitles of a file, by a GStreamer pipeline and its messages
    captions.py --words FILE     its words with times and confidences, by the library itself

Both need PyGObject (python3-gi), the introspection data of GStreamer (gir1.2-gstreamer-1.0), and the
second also gir1.2-gst-plugins-base-1.0 and that of gst-sew (Sew-1.0.typelib).
"""
import argparse
import struct
import sys

import gi

gi.require_version("Gst", "1.0")
from gi.repository import GLib, Gst  # noqa: E402


def check_sound(source):
    """Where no pad was linked, nothing would ever tell what comes after it that nothing comes."""
    if not any(pad.is_linked() for pad in source.srcpads):
        code = Gst.StreamError.WRONG_TYPE
        error = GLib.Error.new_literal(Gst.StreamError.quark(), "there is no sound in it", code)
        source.post_message(Gst.Message.new_error(source, error, ""))


def make_pipeline(path, end):
    """From the sound of a file to the elements that are described."""
    pipeline = Gst.parse_launch(
        "uridecodebin name=source ! audioconvert ! audioresample "
        f"! audio/x-raw,format=F32LE,rate=16000,channels=1 ! {end}"
    )
    source = pipeline.get_by_name("source")
    source.set_property("uri", Gst.filename_to_uri(path))
    source.connect("no-more-pads", check_sound)
    return pipeline


def get_error(message, path):
    """What reads files does not name them."""
    error, _details = message.parse_error()
    if message.src.get_name() != "transcriber":
        error.message = f"{path}: {error.message}"
    return error


def show_messages(bus, path):
    """Prints what comes until the end."""
    while True:
        message = bus.timed_pop(Gst.CLOCK_TIME_NONE)
        content = message.get_structure()
        if message.type == Gst.MessageType.PROGRESS:
            _kind, _code, text = message.parse_progress()
            print(text, file=sys.stderr)
        elif message.type == Gst.MessageType.ELEMENT and content.has_name("sew-transcript"):
            _found, start = content.get_uint64("stream-time")
            _found, duration = content.get_uint64("duration")
            text = content.get_string("text").replace("\n", " / ")
            print(f"{start / Gst.SECOND:8.2f} - {(start + duration) / Gst.SECOND:.2f} s  {text}")
        elif message.type == Gst.MessageType.ERROR:
            raise get_error(message, path)
        elif message.type == Gst.MessageType.EOS:
            return


def show_cues(path, model):
    pipeline = make_pipeline(path, "sewtranscriber name=transcriber granularity=cue ! fakesink")
    pipeline.get_by_name("transcriber").set_property("model-location", model)
    pipeline.set_state(Gst.State.PLAYING)
    try:
        show_messages(pipeline.get_bus(), path)
    finally:
        pipeline.set_state(Gst.State.NULL)


def read_samples(path):
    """Yields lists of samples: mono, 16 kHz, full scale at 1.0."""
    gi.require_version("GstApp", "1.0")
    from gi.repository import GstApp  # noqa: F401  it gives appsink its methods

    pipeline = make_pipeline(path, "appsink name=sink sync=false max-buffers=32")
    sink = pipeline.get_by_name("sink")
    pipeline.set_state(Gst.State.PLAYING)
    try:
        while not sink.is_eos():
            sample = sink.try_pull_sample(Gst.SECOND // 10)
            if sample is not None:
                buffer = sample.get_buffer()
                data = buffer.extract_dup(0, buffer.get_size())
                yield list(struct.unpack(f"<{len(data) // 4}f", data))
            # A sink that waits hears nothing of errors.
            message = pipeline.get_bus().pop_filtered(Gst.MessageType.ERROR)
            if message is not None:
                raise get_error(message, path)
    finally:
        pipeline.set_state(Gst.State.NULL)


def show_segments(recognizer, rate_hz):
    while (segment := recognizer.pull()) is not None:
        for i in range(segment.get_n_words()):
            word = segment.get_word(i)
            start = word.get_first_sample() / rate_hz
            print(f"{start:8.2f} s  {word.get_confidence():.2f}  {word.get_text()}")


def make_recognizer(Sew, folder):
    """Reads as sew-transcribe does: at the fastest precision that serves, with a language model."""
    if folder is None:
        folder = Sew.Model.dup_bundled_folder()
    model = Sew.Model.new_at_precision(folder, None, Sew.Precision.AUTO, None)
    recognizer = Sew.Recognizer.new(model)
    location = model.dup_language_model_location()
    if location is not None:
        recognizer.set_language_model(Sew.LanguageModel.new(location))
    return recognizer


def show_words(path, model):
    gi.require_version("Sew", "1.0")
    from gi.repository import Sew

    recognizer = make_recognizer(Sew, model)
    for samples in read_samples(path):
        recognizer.push(samples, None)
        show_segments(recognizer, Sew.SAMPLE_RATE_HZ)
    recognizer.drain(None)
    show_segments(recognizer, Sew.SAMPLE_RATE_HZ)


def main():
    parser = argparse.ArgumentParser(description="captions of a file")
    parser.add_argument("file")
    parser.add_argument("--model", help="folder of a checkpoint (default: the bundled model)")
    parser.add_argument("--words", action="store_true", help="words, by the library alone")
    arguments = parser.parse_args()
    Gst.init(None)
    try:
        show = show_words if arguments.words else show_cues
        show(arguments.file, arguments.model)
        return 0
    except GLib.Error as error:
        print(f"captions.py: {error.message}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
