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
            "After it, the organizations of channel {0} are exactly {1}.",
            "After this, {0} of {1} in {2} is {3} of {4} (before: {5} of {6}).",
            "After this, the policy {0} cannot be met by anyone any more.",
            "After this, the policy {0} still cannot be met by anyone.",
            "It also changes {0}.",
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
