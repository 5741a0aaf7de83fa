using System.Text.RegularExpressions;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Guildhall.Fabric.Messages;
using Classification = Guildhall.Fabric.Messages.MSPPrincipal.Types.Classification;
using Kind = Guildhall.Fabric.Messages.Policy.Types.Kind;

namespace Guildhall.Fabric;

/// <summary>What an update might carry that nobody who signs it would be shown. An update that has any is not taken up.</summary>
/// <remarks>Names are compared with what Fabric takes: validateConfigID and validateModPolicy in common/configtx.</remarks>
internal static partial class HiddenParts
{
    private const FabricStep Step = FabricStep.Prepare;

    /// <exception cref="FabricException">It has.</exception>
    public static void Refuse(ConfigUpdate update, ReadOnlySpan<byte> bytes)
    {
        RefuseInexact(ConfigUpdate.Descriptor, bytes);
        if (update.IsolatedData.Count > 0)
        {
            throw Hidden("isolated data, which is no part of a channel's configuration");
        }

        foreach (var element in WrittenElement.Of(update))
        {
            RefuseIn(element);
        }
    }

    /// <summary>Names with which a sentence could be read in two ways. Those of a change that is made here are told by <see cref="Guards"/>, with what to do.</summary>
    /// <exception cref="FabricException">It has one.</exception>
    public static void RefuseNames(ConfigGroup? group)
    {
        if (group is null)
        {
            return;
        }

        var policies = group.Values.Values.Select(one => one.ModPolicy).Concat(group.Policies.Values.Select(one => one.ModPolicy)).Append(group.ModPolicy);
        if (group.Values.Keys.Concat(group.Policies.Keys).Concat(group.Groups.Keys).Any(name => !Name().IsMatch(name)) || policies.Any(policy => policy.Length > 0 && !Path().IsMatch(policy)))
        {
            throw Hidden("names that Fabric does not take: letters, digits, dots and hyphens are allowed");
        }

        foreach (var below in group.Groups.Values)
        {
            RefuseNames(below);
        }
    }

    private static void RefuseIn(WrittenElement element)
    {
        if (element.Policy is { } policy)
        {
            RefuseIn(policy);
        }
        else if (element.Value is { } value)
        {
            RefuseIn(element.Name, value.Value);
        }
    }

    private static void RefuseIn(string name, ByteString value)
    {
        switch (name)
        {
            case "MSP":
                RefuseInexact(MSPConfig.Descriptor, value.Span);
                var msp = Wire.Parse(MSPConfig.Parser, value, Step);
                Wire.Parse(FabricMSPConfig.Parser, msp.Config, Step); // organizations of another kind are shown as their bytes, and have to be read as one
                if (msp.Type == 0)
                {
                    RefuseInexact(FabricMSPConfig.Descriptor, msp.Config.Span);
                }

                break;
            case "AnchorPeers":
                RefuseInexact(AnchorPeers.Descriptor, value.Span);
                break;
            case "Endpoints" or "OrdererAddresses":
                RefuseInexact(OrdererAddresses.Descriptor, value.Span);
                break;
        }
    }

    private static void RefuseIn(ConfigPolicy policy)
    {
        switch (policy.Policy?.Type)
        {
            case Kind.ImplicitMeta:
                RefuseInexact(ImplicitMetaPolicy.Descriptor, policy.Policy.Value.Span);
                break;
            case Kind.Signature:
                RefuseInexact(SignaturePolicyEnvelope.Descriptor, policy.Policy.Value.Span);
                foreach (var principal in Wire.Parse(SignaturePolicyEnvelope.Parser, policy.Policy.Value, Step).Identities)
                {
                    if (principal.PrincipalClassification == Classification.Role) // the others are shown as their bytes
                    {
                        RefuseInexact(MSPRole.Descriptor, principal.Principal.Span);
                    }
                }

                break;
        }
    }

    private static void RefuseInexact(MessageDescriptor type, ReadOnlySpan<byte> bytes)
    {
        if (ExactWire.WhyNot(type, bytes) is { } why)
        {
            throw Hidden(why);
        }
    }

    private static FabricException Hidden(string what) =>
        new(Step, FabricErrorKind.Malformed, $"The update is not to be signed, because it has {what}. Nobody could be shown all of it: ask who made it for one without.");

    [GeneratedRegex(@"\A[a-zA-Z0-9.-]{1,249}\z", RegexOptions.None, 1000)]
    private static partial Regex Name();

    [GeneratedRegex(@"\A/?[a-zA-Z0-9.-]{1,249}(/[a-zA-Z0-9.-]{1,249})*\z", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Path();
}
