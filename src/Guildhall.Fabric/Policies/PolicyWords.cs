using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace Guildhall.Fabric;

/// <summary>Rules as people read them. However long a rule is, its words are not.</summary>
internal static class PolicyWords
{
    /// <summary>The most parts of a rule that are named one by one.</summary>
    private const int MaxNamed = 50;

    private const int MaxLength = 4000;
    private const int MaxNameLength = 300;

    public static string Of(PolicyRule rule) => Of([rule]);

    /// <summary>Rules that must all be met.</summary>
    public static string Of(IEnumerable<PolicyRule> rules)
    {
        var text = new StringBuilder();
        foreach (var rule in rules)
        {
            text.Append(text.Length == 0 ? "" : "; and ");
            Append(text, rule);
            if (text.Length > MaxLength)
            {
                break;
            }
        }

        return text.Length > MaxLength ? text.ToString(0, MaxLength) + " …" : text.ToString();
    }

    private static void Append(StringBuilder text, PolicyRule rule)
    {
        if (text.Length > MaxLength)
        {
            return;
        }

        switch (rule)
        {
            case PrincipalRule principal:
                Append(text, principal);
                break;
            case CountRule count:
                Append(text, count);
                break;
            case NeverRule never:
                text.Append(Cut(never.Why));
                break;
        }
    }

    /// <remarks>An organization's name alone stands for an administrator of it, which is what nearly every policy of a change asks for.</remarks>
    private static void Append(StringBuilder text, PrincipalRule principal) => text.Append((principal.CertificatePem, principal.Unit, principal.Role) switch
    {
        ({ }, _, _) => $"one exact certificate of {Cut(principal.MspId)}",
        (_, { } unit, _) => $"{Cut(principal.MspId)} ({Cut(unit)})",
        (_, _, MspRole.Admin) => Cut(principal.MspId),
        _ => $"{Cut(principal.MspId)} ({principal.Role.ToString().ToLowerInvariant()})",
    });

    private static void Append(StringBuilder text, CountRule rule)
    {
        switch (rule.Count, rule.Of.Length)
        {
            case ( <= 0, _):
                text.Append("nobody");
                break;
            case (1, 1):
                Append(text, rule.Of[0]);
                break;
            case var (count, all) when count > all:
                text.Append(CultureInfo.InvariantCulture, $"{count} of only {all}");
                break;
            case var (count, all) when count == all:
                AppendParts(text, rule.Of, " and ");
                break;
            case (1, _):
                text.Append("any one of ");
                AppendParts(text, rule.Of, ", ");
                break;
            default:
                text.Append(CultureInfo.InvariantCulture, $"any {rule.Count} of ");
                AppendParts(text, rule.Of, ", ");
                break;
        }
    }

    private static void AppendParts(StringBuilder text, ImmutableArray<PolicyRule> parts, string between)
    {
        for (var i = 0; i < Math.Min(parts.Length, MaxNamed) && text.Length <= MaxLength; i++)
        {
            var isNested = parts[i] is CountRule { Of.Length: > 1 };
            text.Append(i == 0 ? "" : between).Append(isNested ? "(" : "");
            Append(text, parts[i]);
            text.Append(isNested ? ")" : "");
        }

        if (parts.Length > MaxNamed)
        {
            text.Append(CultureInfo.InvariantCulture, $" and {parts.Length - MaxNamed} more");
        }
    }

    private static string Cut(string name) => name.Length > MaxNameLength ? name[..MaxNameLength] + "…" : name;
}
