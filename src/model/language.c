/* SPDX-License-Identifier: MIT */
#include "model/language.h"

#include <string.h>

#define MAX_LISTED 100

/* ISO 639-1 and ISO 639-3 side by side, five letters an entry; a macrolanguage is followed by its
 * most common member. */
#define ENTRY_LENGTH 6
static const char codes[]
    = "aaaar ababk aeave afafr akaka amamh anarg arara ararb asasm avava ayaym azaze azazj babak "
      "bebel bgbul bibis bmbam bnben bobod brbre bsbos cacat ceche chcha cocos crcre csces cuchu "
      "cvchv cycym dadan dedeu dvdiv dzdzo eeewe elell eneng eoepo esspa etest etekk eueus fafas "
      "fapes ffful fifin fjfij fofao frfra fyfry gagle gdgla glglg gngrn guguj gvglv hahau heheb "
      "hihin hohmo hrhrv hthat huhun hyhye hzher iaina idind ieile igibo iiiii ikipk ioido isisl "
      "itita iuiku jajpn jvjav kakat kgkon kikik kjkua kkkaz klkal kmkhm knkan kokor krkau kskas "
      "kukur kukmr kvkom kwcor kykir lalat lbltz lglug lilim lnlin lolao ltlit lulub lvlav lvlvs "
      "mgmlg mgplt mhmah mimri mkmkd mlmal mnmon mnkhk mrmar msmsa mszsm mszlm mtmlt mymya nanau "
      "nbnob ndnde nenep nenpi ngndo nlnld nnnno nonor nonob nrnbl nvnav nynya ococi ojoji omorm "
      "omgaz orori orory ososs papan pipli plpol pspus pspbt ptpor quque ququy rmroh rnrun roron "
      "rurus rwkin sasan scsrd sdsnd sesme sgsag sisin skslk slslv smsmo snsna sosom sqsqi sqals "
      "srsrp ssssw stsot susun svswe swswa swswh tatam tetel tgtgk ththa titir tktuk tltgl tntsn "
      "toton trtur tstso tttat twtwi tytah uguig ukukr ururd uzuzb uzuzn veven vivie vovol wawln "
      "wowol xhxho yiyid yiydd yoyor zazha zhzho zhcmn zuzul";

static const char *
find_equal (const char *name, GPtrArray *available)
{
  for (guint i = 0; i < available->len; i++) {
    if (g_ascii_strcasecmp (name, available->pdata[i]) == 0)
      return available->pdata[i];
  }
  return NULL;
}

/* Of several scripts, Latin. */
static const char *
find_with_script (const char *name, GPtrArray *available)
{
  g_autofree char *prefix = g_strdup_printf ("%s-script_", name);
  const char *found = NULL;

  for (guint i = 0; i < available->len; i++) {
    const char *candidate = available->pdata[i];

    if (!g_str_has_prefix (candidate, prefix))
      continue;
    if (found == NULL || strcmp (candidate + strlen (prefix), "latin") == 0)
      found = candidate;
  }
  return found;
}

static const char *
find (const char *name, GPtrArray *available)
{
  const char *found = find_equal (name, available);

  return found != NULL ? found : find_with_script (name, available);
}

const char *
sew_language_choose (const char *code, GPtrArray *available)
{
  g_autofree char *first = NULL;
  const char *found;

  for (guint i = 0; i < available->len; i++) {
    if (strcmp (code, available->pdata[i]) == 0)
      return available->pdata[i];
  }
  found = find (code, available);
  if (found != NULL)
    return found;
  first = g_ascii_strdown (code, (gssize) strcspn (code, "-_"));
  found = find (first, available);
  for (const char *entry = codes; found == NULL && *entry != '\0';) {
    g_autofree char *two = g_strndup (entry, 2);
    g_autofree char *three = g_strndup (entry + 2, 3);

    if (strcmp (first, two) == 0)
      found = find (three, available);
    else if (strcmp (first, three) == 0)
      found = find (two, available);
    entry += 5;
    if (*entry == ' ')
      entry++;
  }
  return found;
}

static int
compare_names (const void *a, const void *b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

char *
sew_language_list (GPtrArray *available)
{
  GString *list = g_string_new (NULL);

  g_ptr_array_sort (available, compare_names);
  for (guint i = 0; i < MIN (available->len, MAX_LISTED); i++)
    g_string_append_printf (list, "%s%s", i > 0 ? ", " : "", (const char *) available->pdata[i]);
  if (available->len > MAX_LISTED)
    g_string_append_printf (list, " and %u more", available->len - MAX_LISTED);
  return g_string_free (list, FALSE);
}
