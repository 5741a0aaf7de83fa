using System.Text;
using Guildhall.Memberships;

namespace Guildhall.Identity;

/// <summary>Names and ids of accounts, users and projects.</summary>
internal static class IdentityNames
{
    /// <summary>A new id, as the reference's look: 32 lower-case hexadecimal digits.</summary>
    public static string NewId() => Guid.NewGuid().ToString("n");

    /// <summary>Null when the text may become a name.</summary>
    public static Refusal? WhyNot(string name) => IsPlausible(name) && name.Trim() == name ? null : IdentityRefusals.NameUnfit;

    /// <summary>Whether anything can have this name or id at all. The store is not asked for what it could not hold.</summary>
    public static bool IsPlausible(string text) => text.Length is > 0 and <= Names.MaxNameLength && IsPrintable(text);

    /// <summary>No control characters and no halves of surrogate pairs.</summary>
    public static bool IsPrintable(string text)
    {
        foreach (var rune in text.EnumerateRunes())
        {
            if (Rune.IsControl(rune) || rune == Rune.ReplacementChar)
            {
                return false;
            }
        }

        return true;
    }
}
