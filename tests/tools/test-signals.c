/* SPDX-License-Identifier: MIT */

/* sew-transcribe when it is told to stop, wherever it may wait. */

#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gst/gst.h>

#include "transcribe-run.h"

#define PATIENCE_S 120
#define MOMENT_US (G_USEC_PER_SEC / 50)

static const struct {
  int number;
  int exit_code;
} signals[] = { { SIGINT, 130 }, { SIGTERM, 143 } };

static GPid
start (const char *const *arguments, int *input)
{
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  g_autoptr (GError) error = NULL;
  GPid pid;

  g_ptr_array_add (argv, (gpointer) g_getenv ("SEW_TRANSCRIBE"));
  for (; *arguments; arguments++)
    g_ptr_array_add (argv, (gpointer) *arguments);
  g_ptr_array_add (argv, NULL);
  g_spawn_async_with_pipes (transcribe_run_folder, (char **) argv->pdata, NULL,
                            G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &pid, input, NULL, NULL, &error);
  g_assert_no_error (error);
  return pid;
}

#define START(input, ...) start ((const char *const[]){ __VA_ARGS__, NULL }, input)

/* The exit code. */
static int
wait_for (GPid pid)
{
  gint64 deadline = g_get_monotonic_time () + PATIENCE_S * G_USEC_PER_SEC;
  int status;

  while (waitpid (pid, &status, WNOHANG) == 0) {
    if (g_get_monotonic_time () > deadline) {
      kill (pid, SIGKILL);
      g_error ("it does not stop");
    }
    g_usleep (MOMENT_US);
  }
  g_assert_true (WIFEXITED (status));
  return WEXITSTATUS (status);
}

static void
check_stops (GPid pid, guint signal_index)
{
  g_assert_cmpint (kill (pid, signals[signal_index].number), ==, 0);
  g_assert_cmpint (wait_for (pid), ==, signals[signal_index].exit_code);
}

/* Returns: (transfer full): what is in the file then. */
static char *
wait_for_text (const char *path, const char *text)
{
  gint64 deadline = g_get_monotonic_time () + PATIENCE_S * G_USEC_PER_SEC;
  char *content = NULL;

  while (content == NULL || strstr (content, text) == NULL) {
    g_assert_cmpint (g_get_monotonic_time (), <, deadline);
    g_usleep (MOMENT_US);
    g_clear_pointer (&content, g_free);
    g_file_get_contents (path, &content, NULL, NULL);
  }
  return content;
}

static char *
make_pipe (const char *name)
{
  char *path = transcribe_run_get_path (name);

  g_assert_cmpint (mkfifo (path, 0600), ==, 0);
  return path;
}

static void
write_all (int fd, const GByteArray *bytes)
{
  for (gsize done = 0; done < bytes->len;) {
    gssize n = write (fd, bytes->data + done, bytes->len - done);
    g_assert_cmpint (n, >, 0);
    done += (gsize) n;
  }
}

/* Hot words come through a pipe, so that loading takes as long as the test wants; and they are bad,
 * which is not the reason to stop. */
static void
test_loading (void)
{
  g_autofree char *pipe = make_pipe ("words");

  for (guint i = 0; i < G_N_ELEMENTS (signals); i++) {
    GPid pid = START (NULL, "-q", "--hot-words", pipe, "a.wav");
    int fd = g_open (pipe, O_WRONLY, 0);

    g_assert_cmpint (write (fd, "word:heavy\n", 11), ==, 11);
    g_assert_cmpint (kill (pid, signals[i].number), ==, 0);
    g_usleep (G_USEC_PER_SEC / 2);
    close (fd);
    g_assert_cmpint (wait_for (pid), ==, signals[i].exit_code);
  }
  g_unlink (pipe);
}

/* Speech comes in through a pipe that stays open: text is in the file while the command waits for
 * more, and what is told to stop ends the file. */
static void
test_working (void)
{
  g_autofree char *path = transcribe_run_get_path ("pipe.json");
  g_autoptr (GByteArray) wav = transcribe_run_make_wav (transcribe_run_speech,
                                                        48 * TRANSCRIBE_RUN_RATE_HZ);
  static const guint8 endless[] = { 0xff, 0xff, 0xff, 0x7f };

  memcpy (wav->data + 40, endless, sizeof (endless)); /* bytes of samples */
  for (guint i = 0; i < G_N_ELEMENTS (signals); i++) {
    int input;
    GPid pid = START (&input, "-q", "--threads=1", "-f", "json", "-o", path, "-");

    write_all (input, wav);
    g_autofree char *beginning = wait_for_text (path, "]}\n");
    g_assert_null (strstr (beginning, "complete"));
    check_stops (pid, i);
    g_autofree char *content = transcribe_run_read_file (path);
    g_assert_cmpuint (transcribe_run_check_json (content, FALSE), >, 0);
    close (input);
    g_unlink (path);
  }
}

/* Nobody has opened the pipe to write. That its turn has come shows in what comes before. */
static void
test_pipe_without_writer (void)
{
  g_autofree char *speech = transcribe_run_write_speech ("a.wav", 4), *pipe = make_pipe ("pipe");
  g_autofree char *path = transcribe_run_get_path ("a.json");

  for (guint i = 0; i < G_N_ELEMENTS (signals); i++) {
    GPid pid = START (NULL, "-q", "-f", "json", speech, pipe);

    g_free (wait_for_text (path, "\"complete\": true"));
    g_usleep (G_USEC_PER_SEC / 2);
    check_stops (pid, i);
    g_unlink (path);
  }
  g_unlink (pipe);
  g_unlink (speech);
}

/* The writer opens it, and writes a while later. */
static void
test_pipe_with_writer (void)
{
  g_autofree char *speech = transcribe_run_write_speech ("a.wav", 6), *pipe = make_pipe ("pipe");
  g_autofree char *path = transcribe_run_get_path ("pipe.txt");
  g_autofree char *expected = transcribe_run_print ("txt", speech, NULL), *text = NULL;
  g_autoptr (GByteArray) wav = transcribe_run_make_wav (transcribe_run_speech,
                                                        6 * TRANSCRIBE_RUN_RATE_HZ);
  GPid pid = START (NULL, "-q", "-f", "txt", pipe);
  int fd = g_open (pipe, O_WRONLY, 0);

  g_assert_cmpint (fd, >=, 0);
  g_usleep (G_USEC_PER_SEC / 5);
  write_all (fd, wav);
  close (fd);
  g_assert_cmpint (wait_for (pid), ==, 0);
  text = transcribe_run_read_file (path);
  g_assert_cmpstr (text, ==, expected);
  g_unlink (path);
  g_unlink (pipe);
  g_unlink (speech);
}

int
main (int argc, char **argv)
{
  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  transcribe_run_init ();
  g_test_add_func ("/signals/loading", test_loading);
  g_test_add_func ("/signals/working", test_working);
  g_test_add_func ("/signals/pipe-without-writer", test_pipe_without_writer);
  g_test_add_func ("/signals/pipe-with-writer", test_pipe_with_writer);
  int status = g_test_run ();
  transcribe_run_clear ();
  return status;
}
