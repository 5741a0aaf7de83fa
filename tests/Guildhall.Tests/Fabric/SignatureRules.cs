using System.Text.RegularExpressions;
using Google.Protobuf;
using Guildhall.Fabric.Messages;

namespace Guildhall.Tests.Fabric;

/// <summary>Signature rules in the notation of Fabric's tools: OR('Org1MSP.admin', AND('Org2MSP.admin', 'Org3MSP.admin')), OutOf(2, …).</summary>
internal static partial class SignatureRules
{
    public static SignaturePolicyEnvelope Parse(string text)
    {
        var envelope = new SignaturePolicyEnvelope();
        var parts = new Queue<string>(Part().Matches(text).Select(match => match.Value));
        envelope.Rule = Rule(parts, envelope);
        return envelope;
    }

    private static SignaturePolicy Rule(Queue<string> parts, SignaturePolicyEnvelope envelope)
    {
        var head = parts.Dequeue();
        if (head.StartsWith('\''))
        {
            return Principal(head.Trim('\''), envelope);
        }

        Assert.Equal("(", parts.Dequeue());
        var (count, rule) = (0, new SignaturePolicy.Types.NOutOf());
        do
        {
            if (int.TryParse(parts.Peek(), out count))
            {
                rule.N = count;
                parts.Dequeue();
            }
            else
            {
                rule.Rules.Add(Rule(parts, envelope));
            }
        }
        while (parts.Dequeue() == ",");
        rule.N = head switch { "OR" => 1, "AND" => rule.Rules.Count, _ => rule.N };
        return new SignaturePolicy { NOutOf = rule };
    }

    private static SignaturePolicy Principal(string name, SignaturePolicyEnvelope envelope)
    {
        var role = new MSPRole { MspIdentifier = name[..name.LastIndexOf('.')], Role = Enum.Parse<MSPRole.Types.Role>(name[(name.LastIndexOf('.') + 1)..], ignoreCase: true) };
        envelope.Identities.Add(new MSPPrincipal { Principal = role.ToByteString() });
        return new SignaturePolicy { SignedBy = envelope.Identities.Count - 1 };
    }

    [GeneratedRegex(@"'[^']+'|[A-Za-z]+|\d+|[(),]", RegexOptions.None, 1000)]
    private static partial Regex Part();
}
