using System.Text.RegularExpressions;

namespace Guildhall.Console.Shared;

/// <summary>What the register says in English about operations, their steps and changes of channels, in the language of the page. What is not known stays as it is.</summary>
internal static class Told
{
    /// <summary>What is longer is a list of many names, and stays as it is.</summary>
    private const int MaxLength = 4096;

    private static readonly (string English, Regex Pattern)[] Sentences =
    [
        .. new[]
        {
            "Join channel {0} of {1}",
            "Quit channel {0} of {1}",
            "Create service {0}",
            "Delete service {0}",
            "Join peers of {0} to channel {1}",
            "Take {0} peers of {1} out of channel {2}",
            "Take {0} out of channel {1}",
            "Delete channel {0}",
            "Create {0}",
            "Add {0} to channel {1}",
            "Add {0}",
            "Scale {0}",
            "Remove {0}",
            "Join the peers of {0}",
            "Read the channel's configuration and prepare its update",
            "See the organizations in the channel",
            "See the organizations gone from the channel; what their peers have of it stays with them",
            "See the organizations gone from the channel",
            "Read the configuration of channel {0}",
            "See that nothing speaks against the change",
            "Prepare the update that is to be signed",
            "Collect the signatures that the channel's policies ask for",
            "See the update in a block",
            "Recorded; no channel is attached to this Guildhall",
            "Register the service and its channels",
            "Register the organizations and their peers",
            "Register who is in the channel",
            "End its invitations and memberships",
            "{0} joins, with the authority {1} (MSP digest {2}).",
            "{0} leaves channel {1}.",
            "After this, {0} of {1} in {2} is {3} of {4} (before: {5} of {6}).",
            "After this, the policy {0} cannot be met by anyone any more.",
            "After this, the policy {0} still cannot be met by anyone.",
            "After it, the organizations of channel {0} are exactly {1}. Whoever is in the channel now and not among them leaves.",
            "After it, the organizations of channel {0} are exactly {1}.",
            "The policy {0} is new, and changed by {1}, and asks for {2}.",
            "The policy {0} is written at version {1}, and changed by {2} as before, and asks for {3}.",
            "The policy {0} is written at version {1}, and from now on changed by {2}, until now by {3}, and asks for {4}.",
            "The {0} {1} is new, and changed by {2}.",
            "The {0} {1} is written at version {2}, and changed by {3} as before.",
            "The {0} {1} is written at version {2}, and from now on changed by {3}, until now by {4}.",
            "The group {0} then has exactly the values {1}, the policies {2} and the groups {3}.",
            "The {0} {1} goes away.",
            "{0} has the MSP id {1}.",
            "{0} trusts the root certificate {1}.",
            "{0} trusts the intermediate certificate {1}.",
            "{0} trusts the TLS root certificate {1}.",
            "{0} trusts the TLS intermediate certificate {1}.",
            "{0} lists the administrator {1}.",
            "{0} takes members of the organizational unit {1}, and none without a unit that it takes.",
            "{0} tells roles by organizational units: {1}.",
            "{0} does not tell roles by organizational units.",
            "{0} hashes with {1} and {2}.",
            "{0} has the anchor peers {1}.",
            "{0} has the orderers {1}.",
            "{0}, as JSON, because Guildhall has no words for it: {1}",
            "Signed: {0}. Awaited: {1}.",
        }.Select(english => (english, PatternOf(english))),
    ];

    public static string In(ConsoleRequest request, string english)
    {
        return Known(english) is { } known ? request.T(known.Sentence, known.Values) : english;
    }

    internal static (string Sentence, string[] Values)? Known(string english)
    {
        if (english.Length > MaxLength)
        {
            return null;
        }

        foreach (var (sentence, pattern) in Sentences)
        {
            if (pattern.Match(english) is { Success: true } match)
            {
                return (sentence, [.. match.Groups.Values.Skip(1).Select(group => group.Value)]);
            }
        }

        return null;
    }

    private static Regex PatternOf(string english) => new(
        "^" + Regex.Replace(Regex.Escape(english), @"\\\{[0-9]}", "(.+?)", RegexOptions.None, TimeSpan.FromSeconds(1)) + "$",
        RegexOptions.NonBacktracking, // tenants choose the names in it
        TimeSpan.FromSeconds(1));
}
