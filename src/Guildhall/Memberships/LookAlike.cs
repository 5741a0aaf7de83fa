using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace Guildhall.Memberships;

/// <summary>Finds names that a reader takes for one another: 1 and l, o and 0, Latin and Cyrillic letters, capitals and small letters, accents.</summary>
/// <remarks>
/// The pairs are those that Unicode's confusables (UTS 39) give for the scripts that names are likely to be written in. They are written out here, as the
/// process runs without Unicode's data (invariant globalization), which normalizing a text would need.
/// </remarks>
public static class LookAlike
{
    private static readonly FrozenDictionary<char, char> Twins = Pairs(
        ("АВЕЅІЈКМНОРСТУХҮԚԜЗ", "ABESIJKMHOPCTYXYQW3"),
        ("авекмнорстухіјѕһԁԛԝӏьпг", "abekmhopctyxijshdqwlbnr"),
        ("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEZHIKMNOPTYX"),
        ("αβγεικνοπρσςτυχωη", "abyeikvonpoctuxwn"),
        ("ՏՕԼՍօոսհցզ", "SOLUonuhgq"),
        ("ıłøđɑɡʟ", "ilodagl"),
        ("０〇‐‑‒–—―−ー一", "00---------"),
        ("ニロカエタトハヘ", "二口力工夕卜八へ"));

    /// <summary>Letters with accents, by the letter that is left without.</summary>
    private static readonly FrozenDictionary<char, char> Plain = new (char Letter, string Accented)[]
    {
        ('A', "ÀÁÂÃÄÅĀĂĄǍǞǠǺȀȂȦḀẠẢẤẦẨẪẬẮẰẲẴẶ"),
        ('a', "àáâãäåāăąǎǟǡǻȁȃȧḁạảấầẩẫậắằẳẵặ"),
        ('B', "ḂḄḆ"),
        ('b', "ḃḅḇ"),
        ('C', "ÇĆĈĊČḈ"),
        ('c', "çćĉċčḉ"),
        ('D', "ĎḊḌḎḐḒ"),
        ('d', "ďḋḍḏḑḓ"),
        ('E', "ÈÉÊËĒĔĖĘĚȄȆȨḔḖḘḚḜẸẺẼẾỀỂỄỆ"),
        ('e', "èéêëēĕėęěȅȇȩḕḗḙḛḝẹẻẽếềểễệ"),
        ('F', "Ḟ"),
        ('f', "ḟ"),
        ('G', "ĜĞĠĢǦǴḠ"),
        ('g', "ĝğġģǧǵḡ"),
        ('H', "ĤȞḢḤḦḨḪ"),
        ('h', "ĥȟḣḥḧḩḫẖ"),
        ('I', "ÌÍÎÏĨĪĬĮİǏȈȊḬḮỈỊ"),
        ('i', "ìíîïĩīĭįǐȉȋḭḯỉị"),
        ('J', "Ĵ"),
        ('j', "ĵǰ"),
        ('K', "ĶǨḰḲḴ"),
        ('k', "ķǩḱḳḵ"),
        ('L', "ĹĻĽḶḸḺḼ"),
        ('l', "ĺļľḷḹḻḽ"),
        ('M', "ḾṀṂ"),
        ('m', "ḿṁṃ"),
        ('N', "ÑŃŅŇǸṄṆṈṊ"),
        ('n', "ñńņňǹṅṇṉṋ"),
        ('O', "ÒÓÔÕÖŌŎŐƠǑǪǬȌȎȪȬȮȰṌṎṐṒỌỎỐỒỔỖỘỚỜỞỠỢ"),
        ('o', "òóôõöōŏőơǒǫǭȍȏȫȭȯȱṍṏṑṓọỏốồổỗộớờởỡợ"),
        ('P', "ṔṖ"),
        ('p', "ṕṗ"),
        ('R', "ŔŖŘȐȒṘṚṜṞ"),
        ('r', "ŕŗřȑȓṙṛṝṟ"),
        ('S', "ŚŜŞŠȘṠṢṤṦṨ"),
        ('s', "śŝşšșṡṣṥṧṩ"),
        ('T', "ŢŤȚṪṬṮṰ"),
        ('t', "ţťțṫṭṯṱẗ"),
        ('U', "ÙÚÛÜŨŪŬŮŰŲƯǓǕǗǙǛȔȖṲṴṶṸṺỤỦỨỪỬỮỰ"),
        ('u', "ùúûüũūŭůűųưǔǖǘǚǜȕȗṳṵṷṹṻụủứừửữự"),
        ('V', "ṼṾ"),
        ('v', "ṽṿ"),
        ('W', "ŴẀẂẄẆẈ"),
        ('w', "ŵẁẃẅẇẉẘ"),
        ('X', "ẊẌ"),
        ('x', "ẋẍ"),
        ('Y', "ÝŶŸȲẎỲỴỶỸ"),
        ('y', "ýÿŷȳẏẙỳỵỷỹ"),
        ('Z', "ŹŻŽẐẒẔ"),
        ('z', "źżžẑẓẕ"),
    }.SelectMany(row => row.Accented.Select(accented => (accented, row.Letter))).ToFrozenDictionary(pair => pair.accented, pair => pair.Letter);

    private static readonly (string Pair, string Single)[] Joined = [("rn", "m"), ("vv", "w")];

    /// <summary>The first of the names that looks like this one, or is it; null where none does.</summary>
    public static string? Find(string name, IEnumerable<string> names)
    {
        var (folded, seen) = SkeletonsOf(name);
        return names.FirstOrDefault(other => SkeletonsOf(other) is var its && (its.Folded == folded || its.Seen == seen));
    }

    /// <summary>The new names that look like a present one, or like a new one before them, each with that one. Each is looked at once.</summary>
    public static IEnumerable<(string Name, string Other)> FindAll(IEnumerable<string> added, IEnumerable<string> present)
    {
        var (folded, seen) = (new Dictionary<string, string>(StringComparer.Ordinal), new Dictionary<string, string>(StringComparer.Ordinal));
        foreach (var name in present)
        {
            Take(name, SkeletonsOf(name));
        }

        foreach (var name in added)
        {
            var skeletons = SkeletonsOf(name);
            if (folded.TryGetValue(skeletons.Folded, out var other) || seen.TryGetValue(skeletons.Seen, out other))
            {
                yield return (name, other);
            }

            Take(name, skeletons);
        }

        void Take(string name, (string Folded, string Seen) skeletons)
        {
            folded.TryAdd(skeletons.Folded, name);
            seen.TryAdd(skeletons.Seen, name);
        }
    }

    /// <summary>Two forms that names share which look alike: one without regard to capitals, and one in which a capital I is the l that it looks like.</summary>
    private static (string Folded, string Seen) SkeletonsOf(string name)
    {
        var plain = new StringBuilder(name.Length);
        foreach (var character in name)
        {
            if (CharUnicodeInfo.GetUnicodeCategory(character) is not (UnicodeCategory.NonSpacingMark or UnicodeCategory.Format or UnicodeCategory.Control))
            {
                plain.Append(Twins.GetValueOrDefault(character, Plain.GetValueOrDefault(character, character)));
            }
        }

        var text = plain.ToString();
        return (Fold(text), Fold(text.Replace('I', 'l')));
    }

    private static string Fold(string text)
    {
        var folded = text.ToLowerInvariant().Replace('0', 'o').Replace('1', 'l').Replace('|', 'l');
        return Joined.Aggregate(folded, (sofar, join) => sofar.Replace(join.Pair, join.Single, StringComparison.Ordinal));
    }

    private static FrozenDictionary<char, char> Pairs(params (string From, string To)[] rows) =>
        rows.SelectMany(row => row.From.Zip(row.To)).ToFrozenDictionary(pair => pair.First, pair => pair.Second);
}
