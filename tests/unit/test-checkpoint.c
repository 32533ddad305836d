/* SPDX-License-Identifier: MIT */
#include "model/checkpoint.h"

#include <string.h>

#include <sys/stat.h>

#include <sew/sew-error.h>

#include "checkpoint-fixture.h"

typedef struct {
  char *folder;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->folder = fixture_new_folder ();
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  fixture_remove_folder (fixture->folder);
}

/* A file with one tensor of one value. */
static void
write_tensor (Fixture *fixture, const char *file, const char *name, float value)
{
  g_autofree char *header = g_strdup_printf (
      "{\"%s\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", name);

  fixture_write_array (fixture->folder, file, fixture_pack_safetensors (header, &value, 4));
}

static float
get_value (const SewCheckpoint *checkpoint, const char *name)
{
  const SewTensor *tensor = sew_checkpoint_find (checkpoint, name);
  float value;

  g_assert_nonnull (tensor);
  memcpy (&value, tensor->data, sizeof value);
  return value;
}

static SewCheckpoint *
open_folder (Fixture *fixture)
{
  GError *error = NULL;
  SewCheckpoint *checkpoint = sew_checkpoint_open (fixture->folder, &error);

  g_assert_no_error (error);
  return checkpoint;
}

static void
assert_refused (Fixture *fixture, int code, const char *reason)
{
  GError *error = NULL;

  g_assert_null (sew_checkpoint_open (fixture->folder, &error));
  fixture_assert_error (error, code, fixture->folder, reason, NULL);
}

static void
test_prefers_safetensors (Fixture *fixture, gconstpointer data)
{
  g_autoptr (SewCheckpoint) checkpoint = NULL;

  write_tensor (fixture, "model.safetensors", "a", 1.0f);
  fixture_write_text (fixture->folder, "pytorch_model.bin", "not looked at");
  checkpoint = open_folder (fixture);
  g_assert_cmpfloat (get_value (checkpoint, "a"), ==, 1.0f);
  g_assert_null (sew_checkpoint_find (checkpoint, "b"));
  g_assert_true (g_str_has_suffix (sew_checkpoint_get_file (checkpoint), "/model.safetensors"));
}

static void
test_reads_shards (Fixture *fixture, gconstpointer data)
{
  g_autoptr (SewCheckpoint) checkpoint = NULL;

  write_tensor (fixture, "one.safetensors", "a", 1.0f);
  write_tensor (fixture, "two.safetensors", "b", 2.0f);
  fixture_write_text (fixture->folder, "model.safetensors.index.json",
                      "{\"weight_map\": {\"a\": \"one.safetensors\", \"b\": \"two.safetensors\"}}");
  checkpoint = open_folder (fixture);
  g_assert_cmpfloat (get_value (checkpoint, "a"), ==, 1.0f);
  g_assert_cmpfloat (get_value (checkpoint, "b"), ==, 2.0f);
}

static void
test_reads_torch_shards (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) tensors = fixture_new_tensors ("sew");
  g_autoptr (SewCheckpoint) checkpoint = NULL;

  fixture_write_array (fixture->folder, "one.bin", fixture_encode_torch (tensors, SEW_DTYPE_F32));
  fixture_write_text (fixture->folder, "pytorch_model.bin.index.json",
                      "{\"weight_map\": {\"lm_head.bias\": \"one.bin\"}}");
  checkpoint = open_folder (fixture);
  g_assert_cmpfloat (get_value (checkpoint, "lm_head.bias"), ==,
                     fixture_find_tensor (tensors, "lm_head.bias")->values[0]);
}

static void
test_refuses_indices (Fixture *fixture, gconstpointer data)
{
  static const struct {
    const char *index;
    int code;
    const char *reason;
  } cases[] = {
    { "{}", SEW_ERROR_MALFORMED, "weight_map" },
    { "{\"weight_map\": []}", SEW_ERROR_MALFORMED, "weight_map" },
    { "{\"weight_map\": {\"a\": 1}}", SEW_ERROR_MALFORMED, "not the name of a file" },
    { "{\"weight_map\": {\"a\": \"\"}}", SEW_ERROR_MALFORMED, "not the name of a file" },
    { "{\"weight_map\": {\"a\": \"../one.safetensors\"}}", SEW_ERROR_MALFORMED, "\"../one" },
    { "{\"weight_map\": {\"a\": \"/etc/passwd\"}}", SEW_ERROR_MALFORMED, "/etc/passwd" },
    { "{\"weight_map\": {\"a\": \"..\"}}", SEW_ERROR_MALFORMED, "\"..\"" },
    { "{\"weight_map\": {\"a\": \"three.safetensors\"}}", SEW_ERROR_NOT_FOUND,
      "three.safetensors" },
    { "{\"weight_map\": {\"a\": \"one.safetensors\", \"b\": \"two.safetensors\"}}",
      SEW_ERROR_MALFORMED, "another shard" },
    { "{\"weight_map\": {\"a\": \"model.safetensors.index.json\"}}", SEW_ERROR_UNSUPPORTED,
      "not a zip" },
  };

  write_tensor (fixture, "one.safetensors", "a", 1.0f);
  write_tensor (fixture, "two.safetensors", "a", 2.0f);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    fixture_write_text (fixture->folder, "model.safetensors.index.json", cases[i].index);
    assert_refused (fixture, cases[i].code, cases[i].reason);
  }
}

static void
test_later_files_replace (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->folder, "more.safetensors", NULL);
  g_autofree char *missing = g_build_filename (fixture->folder, "missing.bin", NULL);
  g_autoptr (SewCheckpoint) checkpoint = NULL;
  GError *error = NULL;

  write_tensor (fixture, "model.safetensors", "a", 1.0f);
  write_tensor (fixture, "more.safetensors", "a", 3.0f);
  checkpoint = open_folder (fixture);
  g_assert_true (sew_checkpoint_add_file (checkpoint, path, &error));
  g_assert_cmpfloat (get_value (checkpoint, "a"), ==, 3.0f);
  g_assert_cmpstr (sew_checkpoint_find (checkpoint, "a")->file, ==, path);
  g_assert_false (sew_checkpoint_add_file (checkpoint, missing, &error));
  fixture_assert_error (error, SEW_ERROR_NOT_FOUND, missing, NULL);
  g_assert_cmpfloat (get_value (checkpoint, "a"), ==, 3.0f);
}

static void
test_refuses_files (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->folder, "model.safetensors", NULL);

  assert_refused (fixture, SEW_ERROR_NOT_FOUND, "no weights");
  fixture_write_text (fixture->folder, "model.safetensors", "");
  assert_refused (fixture, SEW_ERROR_MALFORMED, "truncated");
  fixture_write_text (fixture->folder, "model.safetensors",
                      "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n");
  assert_refused (fixture, SEW_ERROR_MALFORMED, "git lfs pull");
  g_assert_cmpint (unlink (path), ==, 0);
  g_assert_cmpint (mkfifo (path, 0600), ==, 0); /* must not wait for a writer */
  assert_refused (fixture, SEW_ERROR_NOT_FOUND, "not a regular file");
}

#define ADD(name, function)                                                                        \
  g_test_add ("/checkpoint/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("prefers-safetensors", test_prefers_safetensors);
  ADD ("reads-shards", test_reads_shards);
  ADD ("reads-torch-shards", test_reads_torch_shards);
  ADD ("refuses-indices", test_refuses_indices);
  ADD ("later-files-replace", test_later_files_replace);
  ADD ("refuses-files", test_refuses_files);
  return g_test_run ();
}
