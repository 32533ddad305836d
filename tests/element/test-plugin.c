/* SPDX-License-Identifier: MIT */
#include <gst/gst.h>

static const char *plugin_file;

/* The plugin loads, says who it is, and has elements that carry what tools show of them. */
static void
test_load (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GstPlugin) plugin = gst_plugin_load_file (plugin_file, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (gst_plugin_get_name (plugin), ==, "sew");
  g_assert_cmpstr (gst_plugin_get_license (plugin), ==, "MIT");

  GList *features = gst_registry_get_feature_list_by_plugin (gst_registry_get (), "sew");
  g_assert_nonnull (features);
  for (GList *l = features; l != NULL; l = l->next) {
    GstElementFactory *factory = GST_ELEMENT_FACTORY (l->data);
    g_autoptr (GstElement) element = gst_element_factory_create (factory, NULL);
    g_assert_nonnull (element);
    gst_object_ref_sink (element);
    g_assert_cmpuint (gst_plugin_feature_get_rank (l->data), ==, GST_RANK_NONE);
    g_assert_nonnull (gst_element_factory_get_metadata (factory, "klass"));

    guint n_properties;
    g_autofree GParamSpec **properties = g_object_class_list_properties (
        G_OBJECT_GET_CLASS (element), &n_properties);
    for (guint i = 0; i < n_properties; i++)
      g_assert_nonnull (g_param_spec_get_blurb (properties[i]));
  }
  gst_plugin_feature_list_free (features);
}

int
main (int argc, char **argv)
{
  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  plugin_file = argv[1];
  g_test_add_func ("/plugin/load", test_load);
  return g_test_run ();
}
