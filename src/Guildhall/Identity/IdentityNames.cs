using System.Text;
using Guildhall.Memberships;

namespace Guildhall.Identity;

/// <summary>Names and ids of accounts, users and projects.</summary>
internal static class IdentityNames
{
    /// <summary>A new id, as the reference's look: 32 lower-case hexadecimal digits.</summary>
    public static string NewId() => Guid.NewGuid().ToString("n");

    /// <summary>Null when the text may become a name beside those that there are.</summary>
    /// <param name="taken">The names of the same kind.</param>
    /// <param name="exists">What to say when the name itself is one of them.</param>
    public static Refusal? WhyNot(string name, IEnumerable<string> taken, string exists) =>
        WhyNot(name) ?? (LookAlike.Find(name, taken) is not { } other ? null : IdentityRefusals.NameTaken.Because(other == name ? exists : $"it looks like {other}"));

    /// <summary>Null when the text may become a name.</summary>
    public static Refusal? WhyNot(string name) =>
        !IsPlausible(name) || name.Trim() != name ? IdentityRefusals.NameUnfit
        : NameProfile.WhyNot(name) is { } why ? IdentityRefusals.NameUnfit.Because($"it {why}")
        : null;

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
