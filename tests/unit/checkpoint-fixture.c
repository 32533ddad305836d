/* SPDX-License-Identifier: MIT */
#include "checkpoint-fixture.h"

#include <stdarg.h>
#include <string.h>

#include <glib/gstdio.h>
#include <json-glib/json-glib.h>

#include <sew/sew-error.h>

#define BASE_CONFIG                                                                                \
  "{\"model_type\": \"%s\", \"hidden_size\": 8, \"num_hidden_layers\": 2,"                         \
  " \"num_attention_heads\": 2, \"intermediate_size\": 12, \"conv_dim\": [4, 6],"                  \
  " \"conv_kernel\": [3, 2], \"conv_stride\": [2, 1], \"num_conv_pos_embeddings\": 4,"             \
  " \"num_conv_pos_embedding_groups\": 2, \"position_buckets\": 4,"                                \
  " \"max_position_embeddings\": 8, \"vocab_size\": 6}"

char *
fixture_new_folder (void)
{
  GError *error = NULL;
  char *folder = g_dir_make_tmp ("sew-test-XXXXXX", &error);

  g_assert_no_error (error);
  return folder;
}

void
fixture_remove_folder (char *folder)
{
  GDir *dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *path = g_build_filename (folder, name, NULL);
    g_remove (path);
  }
  g_clear_pointer (&dir, g_dir_close);
  g_rmdir (folder);
  g_free (folder);
}

void
fixture_write (const char *folder, const char *name, const void *data, gsize n_bytes)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  GError *error = NULL;

  g_file_set_contents (path, data, (gssize) n_bytes, &error);
  g_assert_no_error (error);
}

void
fixture_write_text (const char *folder, const char *name, const char *text)
{
  fixture_write (folder, name, text, strlen (text));
}

void
fixture_write_array (const char *folder, const char *name, GByteArray *bytes)
{
  fixture_write (folder, name, bytes->data, bytes->len);
  g_byte_array_unref (bytes);
}

static JsonNode *
parse (const char *text)
{
  GError *error = NULL;
  JsonNode *node = json_from_string (text, &error);

  g_assert_no_error (error);
  return node;
}

void
fixture_write_config (const char *folder, const char *family, const char *more)
{
  g_autofree char *base_text = g_strdup_printf (BASE_CONFIG, family);
  g_autofree char *more_text = g_strdup_printf ("{%s}", more);
  g_autoptr (JsonNode) base = parse (base_text);
  g_autoptr (JsonNode) members = parse (more_text);
  g_autofree char *text = NULL;
  JsonObjectIter iter;
  const char *name;
  JsonNode *member;

  json_object_iter_init (&iter, json_node_get_object (members));
  while (json_object_iter_next (&iter, &name, &member))
    json_object_set_member (json_node_get_object (base), name, json_node_copy (member));
  text = json_to_string (base, FALSE);
  fixture_write_text (folder, "config.json", text);
}

static void
free_tensor (gpointer data)
{
  FixtureTensor *tensor = data;

  g_free (tensor->name);
  g_free (tensor->values);
  g_free (tensor);
}

FixtureTensor *
fixture_add_tensor (GPtrArray *tensors, const char *name, guint n_dims, ...)
{
  FixtureTensor *tensor = g_new0 (FixtureTensor, 1);
  va_list shape;

  tensor->name = g_strdup (name);
  tensor->n_dims = n_dims;
  tensor->n_values = 1;
  va_start (shape, n_dims);
  for (guint i = 0; i < n_dims; i++) {
    tensor->shape[i] = va_arg (shape, guint);
    tensor->n_values *= tensor->shape[i];
  }
  va_end (shape);
  tensor->values = g_new (float, tensor->n_values);
  for (gsize i = 0; i < tensor->n_values; i++)
    tensor->values[i] = (float) ((int) ((i * 7 + tensors->len * 5) % 31) - 14) / 8.0f;
  g_ptr_array_add (tensors, tensor);
  return tensor;
}

FixtureTensor *
fixture_find_tensor (GPtrArray *tensors, const char *name)
{
  for (guint i = 0; i < tensors->len; i++) {
    FixtureTensor *tensor = tensors->pdata[i];
    if (strcmp (tensor->name, name) == 0)
      return tensor;
  }
  g_error ("no tensor %s in the fixture", name);
}

void
fixture_remove_tensor (GPtrArray *tensors, const char *name)
{
  g_ptr_array_remove (tensors, fixture_find_tensor (tensors, name));
}

/* A weight and a bias of the module. */
static void
add_module (GPtrArray *tensors, const char *module, guint n_dims, guint n_out, guint n_in,
            guint kernel)
{
  g_autofree char *weight = g_strconcat (module, ".weight", NULL);
  g_autofree char *bias = g_strconcat (module, ".bias", NULL);

  fixture_add_tensor (tensors, weight, n_dims, n_out, n_in, kernel);
  fixture_add_tensor (tensors, bias, 1u, n_out);
}

static void
add_layer (GPtrArray *tensors, const char *base, gboolean is_deberta, guint i)
{
  static const struct {
    const char *deberta, *fairseq;
    guint n_dims, n_out, n_in;
  } modules[] = {
    { "attention.self.query_proj", "attention.q_proj", 2, 8, 8 },
    { "attention.self.key_proj", "attention.k_proj", 2, 8, 8 },
    { "attention.self.value_proj", "attention.v_proj", 2, 8, 8 },
    { "attention.output.dense", "attention.out_proj", 2, 8, 8 },
    { "attention.output.LayerNorm", "layer_norm", 1, 8, 0 },
    { "intermediate.dense", "feed_forward.intermediate_dense", 2, 12, 8 },
    { "output.dense", "feed_forward.output_dense", 2, 8, 12 },
    { "output.LayerNorm", "final_layer_norm", 1, 8, 0 },
  };

  for (guint j = 0; j < G_N_ELEMENTS (modules); j++) {
    g_autofree char *name = g_strdup_printf ("%s.encoder.%s.%u.%s", base,
                                             is_deberta ? "encoder.layer" : "layers", i,
                                             is_deberta ? modules[j].deberta : modules[j].fairseq);
    add_module (tensors, name, modules[j].n_dims, modules[j].n_out, modules[j].n_in, 0);
  }
}

static void
add_front (GPtrArray *tensors, const char *base, gboolean is_sew)
{
  g_autofree char *first = g_strconcat (base, ".feature_extractor.conv_layers.0.conv.weight", NULL);
  g_autofree char *norm = g_strconcat (base, ".feature_extractor.conv_layers.0.layer_norm", NULL);
  g_autofree char *second = g_strconcat (base, ".feature_extractor.conv_layers.1.conv.weight",
                                         NULL);
  g_autofree char *feature_norm = g_strconcat (base, is_sew ? "" : ".feature_projection",
                                               ".layer_norm", NULL);
  g_autofree char *projection = g_strconcat (base, ".feature_projection",
                                             is_sew ? "" : ".projection", NULL);
  g_autofree char *bias = g_strconcat (base, ".encoder.pos_conv_embed.conv.bias", NULL);
  g_autofree char *gain = g_strconcat (base, ".encoder.pos_conv_embed.conv.weight_g", NULL);
  g_autofree char *direction = g_strconcat (base, ".encoder.pos_conv_embed.conv.weight_v", NULL);

  fixture_add_tensor (tensors, first, 3u, 4u, 1u, 3u);
  add_module (tensors, norm, 1, 4, 0, 0);
  fixture_add_tensor (tensors, second, 3u, 6u, 4u, 2u);
  add_module (tensors, feature_norm, 1, 6, 0, 0);
  add_module (tensors, projection, 2, 8, 6, 0);
  fixture_add_tensor (tensors, bias, 1u, 8u);
  fixture_add_tensor (tensors, gain, 3u, 1u, 1u, 4u);
  fixture_add_tensor (tensors, direction, 3u, 8u, 4u, 4u);
}

GPtrArray *
fixture_new_tensors (const char *family)
{
  GPtrArray *tensors = g_ptr_array_new_with_free_func (free_tensor);
  gboolean is_deberta = strcmp (family, "sew-d") == 0;
  gboolean is_sew = g_str_has_prefix (family, "sew");
  const char *base = is_deberta ? "sew_d" : family;
  g_autofree char *norm = g_strconcat (
      base, is_deberta ? ".encoder.encoder.LayerNorm" : ".encoder.layer_norm", NULL);
  g_autofree char *upsample = g_strconcat (base, ".encoder.upsample.projection", NULL);

  add_front (tensors, base, is_sew);
  add_module (tensors, norm, 1, 8, 0, 0);
  if (is_deberta)
    fixture_add_tensor (tensors, "sew_d.encoder.encoder.rel_embeddings.weight", 2u, 8u, 8u);
  for (guint i = 0; i < 2; i++)
    add_layer (tensors, base, is_deberta, i);
  if (is_sew)
    add_module (tensors, upsample, 2, 16, 8, 0);
  add_module (tensors, "lm_head", 2, 6, 8, 0);
  return tensors;
}

static guint16
narrow (float value, SewDtype dtype)
{
  guint32 bits, exponent, mantissa;

  memcpy (&bits, &value, sizeof bits);
  if (dtype == SEW_DTYPE_BF16)
    return (guint16) (bits >> 16);
  exponent = bits >> 23 & 0xff;
  mantissa = bits >> 13 & 0x3ff;
  if (exponent == 0)
    return 0;
  return (guint16) ((bits >> 31) << 15 | (exponent - 112) << 10 | mantissa);
}

static GByteArray *
encode_values (const FixtureTensor *tensor, SewDtype dtype)
{
  GByteArray *bytes = g_byte_array_new ();

  for (gsize i = 0; i < tensor->n_values; i++) {
    guint16 half = narrow (tensor->values[i], dtype);

    if (dtype == SEW_DTYPE_F32)
      g_byte_array_append (bytes, (const guint8 *) &tensor->values[i], sizeof (float));
    else
      g_byte_array_append (bytes, (const guint8 *) &half, sizeof half);
  }
  return bytes;
}

GByteArray *
fixture_pack_safetensors (const char *header, gconstpointer data, gsize n_bytes)
{
  GByteArray *bytes = g_byte_array_new ();
  guint64 length = strlen (header);

  g_byte_array_append (bytes, (const guint8 *) &length, sizeof length);
  g_byte_array_append (bytes, (const guint8 *) header, (guint) length);
  g_byte_array_append (bytes, data, (guint) n_bytes);
  return bytes;
}

GByteArray *
fixture_encode_safetensors (GPtrArray *tensors, SewDtype dtype)
{
  static const char *const names[] = { "F32", "F16", "BF16" };
  g_autoptr (GString) header = g_string_new ("{\"__metadata__\":{\"format\":\"pt\"}");
  g_autoptr (GByteArray) data = g_byte_array_new ();

  for (guint i = 0; i < tensors->len; i++) {
    const FixtureTensor *tensor = tensors->pdata[i];
    g_autoptr (GByteArray) values = encode_values (tensor, dtype);

    g_string_append_printf (header, ",\"%s\":{\"dtype\":\"%s\",\"shape\":[", tensor->name,
                            names[dtype]);
    for (guint j = 0; j < tensor->n_dims; j++)
      g_string_append_printf (header, "%s%" G_GSIZE_FORMAT, j > 0 ? "," : "", tensor->shape[j]);
    g_string_append_printf (header, "],\"data_offsets\":[%u,%u]}", data->len,
                            data->len + values->len);
    g_byte_array_append (data, values->data, values->len);
  }
  g_string_append_c (header, '}');
  while (header->len % 8 != 0)
    g_string_append_c (header, ' ');
  return fixture_pack_safetensors (header->str, data->data, data->len);
}

static void
append16 (GByteArray *bytes, guint value)
{
  guint16 number = (guint16) value;
  g_byte_array_append (bytes, (const guint8 *) &number, sizeof number);
}

static void
append32 (GByteArray *bytes, guint32 value)
{
  g_byte_array_append (bytes, (const guint8 *) &value, sizeof value);
}

static void
append64 (GByteArray *bytes, guint64 value)
{
  g_byte_array_append (bytes, (const guint8 *) &value, sizeof value);
}

static void
append_text (GByteArray *bytes, const char *text)
{
  g_byte_array_append (bytes, (const guint8 *) text, (guint) strlen (text));
}

void
fixture_zip_begin (FixtureZip *zip)
{
  zip->bytes = g_byte_array_new ();
  zip->directory = g_byte_array_new ();
  zip->n_entries = 0;
}

void
fixture_zip_add (FixtureZip *zip, const char *name, gconstpointer data, gsize n_bytes)
{
  guint name_bytes = (guint) strlen (name);
  guint offset = zip->bytes->len;
  guint padding = 64 - (offset + 30 + name_bytes + 4) % 64;

  append32 (zip->bytes, 0x04034b50);
  append16 (zip->bytes, 0); /* version */
  append16 (zip->bytes, 0); /* flags */
  append16 (zip->bytes, 0); /* method */
  append32 (zip->bytes, 0); /* time */
  append32 (zip->bytes, 0); /* checksum, which nobody reads */
  append32 (zip->bytes, (guint) n_bytes);
  append32 (zip->bytes, (guint) n_bytes);
  append16 (zip->bytes, name_bytes);
  append16 (zip->bytes, padding + 4);
  append_text (zip->bytes, name);
  append_text (zip->bytes, "FB"); /* PyTorch's way to align data */
  append16 (zip->bytes, padding);
  for (guint i = 0; i < padding; i++)
    append_text (zip->bytes, "Z");
  g_byte_array_append (zip->bytes, data, (guint) n_bytes);

  append32 (zip->directory, 0x02014b50);
  append32 (zip->directory, 0); /* versions */
  append16 (zip->directory, 0); /* flags */
  append16 (zip->directory, 0); /* method */
  append32 (zip->directory, 0); /* time */
  append32 (zip->directory, 0); /* checksum */
  append32 (zip->directory, (guint) n_bytes);
  append32 (zip->directory, (guint) n_bytes);
  append16 (zip->directory, name_bytes);
  append16 (zip->directory, 0); /* extra */
  append16 (zip->directory, 0); /* comment */
  append16 (zip->directory, 0); /* disk */
  append16 (zip->directory, 0); /* attributes */
  append32 (zip->directory, 0);
  append32 (zip->directory, offset);
  append_text (zip->directory, name);
  zip->n_entries++;
}

GByteArray *
fixture_zip_end (FixtureZip *zip, gboolean zip64)
{
  guint start = zip->bytes->len, n_bytes = zip->directory->len;
  guint end;

  g_byte_array_append (zip->bytes, zip->directory->data, n_bytes);
  end = zip->bytes->len;
  if (zip64) {
    append32 (zip->bytes, 0x06064b50);
    append64 (zip->bytes, 44);
    append32 (zip->bytes, 0); /* versions */
    append64 (zip->bytes, 0); /* disks */
    append64 (zip->bytes, zip->n_entries);
    append64 (zip->bytes, zip->n_entries);
    append64 (zip->bytes, n_bytes);
    append64 (zip->bytes, start);
    append32 (zip->bytes, 0x07064b50);
    append32 (zip->bytes, 0);
    append64 (zip->bytes, end);
    append32 (zip->bytes, 1);
  }
  append32 (zip->bytes, 0x06054b50);
  append32 (zip->bytes, 0); /* disks */
  append16 (zip->bytes, zip64 ? 0xffff : zip->n_entries);
  append16 (zip->bytes, zip64 ? 0xffff : zip->n_entries);
  append32 (zip->bytes, zip64 ? 0xffffffff : n_bytes);
  append32 (zip->bytes, zip64 ? 0xffffffff : start);
  append16 (zip->bytes, 0); /* comment */
  g_byte_array_unref (zip->directory);
  return zip->bytes;
}

static void
pickle_text (GByteArray *program, const char *text)
{
  append_text (program, "X");
  append32 (program, (guint32) strlen (text));
  append_text (program, text);
}

static void
pickle_integer (GByteArray *program, gsize value)
{
  append_text (program, "J");
  append32 (program, (guint32) value);
}

static void
pickle_tensor (GByteArray *program, const FixtureTensor *tensor, SewDtype dtype, const char *key)
{
  static const char *const types[] = { "Float", "Half", "BFloat16" };
  g_autofree char *global = g_strdup_printf ("ctorch\n%sStorage\n", types[dtype]);

  pickle_text (program, tensor->name);
  append_text (program, "ctorch._utils\n_rebuild_tensor_v2\n((");
  pickle_text (program, "storage");
  append_text (program, global);
  pickle_text (program, key);
  pickle_text (program, "cpu");
  pickle_integer (program, tensor->n_values);
  append_text (program, "tQ");
  pickle_integer (program, 0);
  append_text (program, "(");
  for (guint i = 0; i < tensor->n_dims; i++)
    pickle_integer (program, tensor->shape[i]);
  append_text (program, "t(");
  for (guint i = 0; i < tensor->n_dims; i++) {
    gsize stride = 1;

    for (guint j = i + 1; j < tensor->n_dims; j++)
      stride *= tensor->shape[j];
    pickle_integer (program, stride);
  }
  append_text (program, "t\x89"
                        "ccollections\nOrderedDict\n)RtR");
}

GByteArray *
fixture_encode_torch (GPtrArray *tensors, SewDtype dtype)
{
  g_autoptr (GByteArray) program = g_byte_array_new ();
  FixtureZip zip;

  append_text (program, "\x80\x02}(");
  for (guint i = 0; i < tensors->len; i++) {
    g_autofree char *key = g_strdup_printf ("%u", i);
    pickle_tensor (program, tensors->pdata[i], dtype, key);
  }
  append_text (program, "u.");
  fixture_zip_begin (&zip);
  fixture_zip_add (&zip, "archive/data.pkl", program->data, program->len);
  fixture_zip_add (&zip, "archive/byteorder", "little", 6);
  for (guint i = 0; i < tensors->len; i++) {
    g_autofree char *name = g_strdup_printf ("archive/data/%u", i);
    g_autoptr (GByteArray) values = encode_values (tensors->pdata[i], dtype);

    fixture_zip_add (&zip, name, values->data, values->len);
  }
  fixture_zip_add (&zip, "archive/version", "3\n", 2);
  return fixture_zip_end (&zip, FALSE);
}

GByteArray *
fixture_wrap_pickle (const char *program, gsize n_bytes)
{
  FixtureZip zip;

  fixture_zip_begin (&zip);
  fixture_zip_add (&zip, "archive/data.pkl", program, n_bytes);
  fixture_zip_add (&zip, "archive/data/0", "0123456789abcdef", 16);
  return fixture_zip_end (&zip, FALSE);
}

void
fixture_write_model (const char *folder, const char *family, GPtrArray *tensors)
{
  fixture_write_config (folder, family, "");
  fixture_write_array (folder, "model.safetensors",
                       fixture_encode_safetensors (tensors, SEW_DTYPE_F32));
}

void
fixture_assert_error (GError *error, int code, ...)
{
  va_list words;
  const char *word;

  g_assert_error (error, SEW_ERROR, code);
  g_assert_null (strchr (error->message, '\n'));
  va_start (words, code);
  while ((word = va_arg (words, const char *)) != NULL) {
    if (strstr (error->message, word) == NULL)
      g_error ("no \"%s\" in \"%s\"", word, error->message);
  }
  va_end (words);
  g_error_free (error);
}
