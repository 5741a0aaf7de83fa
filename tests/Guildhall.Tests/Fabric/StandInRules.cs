using System.Security.Cryptography;
using Google.Protobuf;
using Guildhall.Fabric;
using Guildhall.Fabric.Messages;
using Kind = Guildhall.Fabric.Messages.Policy.Types.Kind;

namespace Guildhall.Tests.Fabric;

/// <summary>Turned down as Fabric turns down, with its words.</summary>
internal sealed class StandInRefusal(Status status, string words) : Exception(words)
{
    public Status Status => status;
}

/// <summary>The rules by which Fabric changes a channel's configuration, written apart from the library, which is held against them.</summary>
internal static class StandInRules
{
    private const string NameRule = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-";

    /// <summary>The configuration that the update makes of the current one.</summary>
    public static Config Apply(ChannelConfiguration current, ConfigUpdateEnvelope signed)
    {
        var update = ConfigUpdate.Parser.ParseFrom(signed.ConfigUpdate);
        var (have, read, write) = (Flat(current.Config.ChannelGroup), Flat(update.ReadSet), Flat(update.WriteSet));
        foreach (var (key, element) in read)
        {
            Demand(have.TryGetValue(key, out var found), $"error validating ReadSet: existing config does not contain element for {key} but was in the read set");
            Demand(
                found!.Version == element.Version,
                $"error validating ReadSet: proposed update requires that key {key} be at version {element.Version}, but it is currently at version {found.Version}");
        }

        foreach (var name in write.Keys.SelectMany(key => key.Split("/Channel")[1].Split('/', StringSplitOptions.RemoveEmptyEntries)))
        {
            Demand(name.All(NameRule.Contains), $"error mapping WriteSet: error converting element: config ID '{name}' contains illegal characters");
        }

        var changed = write.Where(one => !read.TryGetValue(one.Key, out var seen) || seen.Version != one.Value.Version).ToArray();
        Demand(changed.Length > 0, "error validating DeltaSet: delta set was empty -- update would have no effect");
        var signatures = signed.Signatures.Select(one => Signature.OfUpdate(one, signed.ConfigUpdate)).ToArray();
        foreach (var (key, element) in changed)
        {
            CheckChange(current, key, element, have, signatures);
        }

        return new Config { Sequence = current.Sequence + 1, ChannelGroup = Rebuilt(current.Config.ChannelGroup, update.ReadSet, update.WriteSet) };
    }

    /// <exception cref="StandInRefusal">The signatures do not meet the policy.</exception>
    public static void DemandPolicy(ChannelConfiguration channel, string path, IReadOnlyCollection<Signature> signatures)
    {
        if (WhyNotMet(channel, path, signatures) is { } why)
        {
            throw new StandInRefusal(Status.Forbidden, $"{why}: permission denied");
        }
    }

    private static void CheckChange(ChannelConfiguration current, string key, Element element, Dictionary<string, Element> have, Signature[] signatures)
    {
        Demand(element.ModPolicy.Length > 0, $"error validating DeltaSet: invalid mod_policy for element {key}: mod_policy not set");
        if (!have.TryGetValue(key, out var existing))
        {
            Demand(element.Version == 0, $"error validating DeltaSet: attempted to set key {key} to version {element.Version}, but key does not exist");
            return;
        }

        Demand(element.Version == existing.Version + 1, $"error validating DeltaSet: attempt to set key {key} to version {element.Version}, but key is at version {existing.Version}");
        var policy = existing.ModPolicy.StartsWith('/') ? existing.ModPolicy : $"{existing.Group}/{existing.ModPolicy}";
        if (WhyNotMet(current, policy, signatures) is { } why)
        {
            throw new StandInRefusal(Status.BadRequest, $"error validating DeltaSet: policy for {key} not satisfied: {why}");
        }
    }

    private static string? WhyNotMet(ChannelConfiguration channel, string path, IReadOnlyCollection<Signature> signatures)
    {
        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var group = parts[1..^1].Aggregate(channel.Config.ChannelGroup, (at, name) => at.Groups[name]);
        if (!group.Policies.TryGetValue(parts[^1], out var policy))
        {
            return $"no such policy: '{parts[^1]}'";
        }

        if (policy.Policy.Type == Kind.Signature)
        {
            var rule = SignaturePolicyEnvelope.Parser.ParseFrom(policy.Policy.Value);
            Signer[] valid = [.. signatures.Select(one => one.Holder(channel)).OfType<Signer>().DistinctBy(one => one.CertificatePem)];
            return IsMet(rule, rule.Rule, valid, new HashSet<Signer>()) ? null : "signature set did not satisfy policy";
        }

        var meta = ImplicitMetaPolicy.Parser.ParseFrom(policy.Policy.Value);
        var needed = (group.Groups.Count, meta.Rule) switch
        {
            (0, _) => 0,
            (var all, ImplicitMetaPolicy.Types.Rule.All) => all,
            (var all, ImplicitMetaPolicy.Types.Rule.Majority) => (all / 2) + 1,
            _ => 1,
        };
        var met = group.Groups.Keys.Count(name => WhyNotMet(channel, string.Join('/', ["", .. parts[..^1], name, meta.SubPolicy]), signatures) is null);
        return met >= needed
            ? null
            : $"implicit policy evaluation failed - {met} sub-policies were satisfied, but this policy requires {needed} of the '{meta.SubPolicy}' sub-policies to be satisfied";
    }

    private static bool IsMet(SignaturePolicyEnvelope policy, SignaturePolicy rule, Signer[] signers, HashSet<Signer> used)
    {
        if (rule.TypeCase == SignaturePolicy.TypeOneofCase.SignedBy)
        {
            var role = MSPRole.Parser.ParseFrom(policy.Identities[rule.SignedBy].Principal);
            var found = signers.FirstOrDefault(one => !used.Contains(one) && one.MspId == role.MspIdentifier && one.Roles.Contains((MspRole)role.Role));
            return found is not null && used.Add(found);
        }

        var met = 0;
        foreach (var one in rule.NOutOf.Rules)
        {
            var taken = new HashSet<Signer>(used);
            if (IsMet(policy, one, signers, taken))
            {
                used.UnionWith(taken);
                met++;
            }
        }

        return met >= rule.NOutOf.N;
    }

    /// <summary>A raised group holds what the update lists and nothing else; of the others only what is written changes.</summary>
    private static ConfigGroup Rebuilt(ConfigGroup old, ConfigGroup? read, ConfigGroup write)
    {
        var raised = read?.Version != write.Version;
        var made = old.Clone();
        if (raised)
        {
            (made.Version, made.ModPolicy) = (write.Version, write.ModPolicy);
            Drop(made.Groups, write.Groups.Keys);
            Drop(made.Values, write.Values.Keys);
            Drop(made.Policies, write.Policies.Keys);
        }

        foreach (var (name, value) in write.Values.Where(one => read?.Values.TryGetValue(one.Key, out var seen) != true || seen!.Version != one.Value.Version))
        {
            made.Values[name] = value;
        }

        foreach (var (name, policy) in write.Policies.Where(one => read?.Policies.TryGetValue(one.Key, out var seen) != true || seen!.Version != one.Value.Version))
        {
            made.Policies[name] = policy;
        }

        foreach (var (name, group) in write.Groups)
        {
            var before = made.Groups.TryGetValue(name, out var found) ? found : new ConfigGroup();
            made.Groups[name] = found is null ? group : Rebuilt(before, read?.Groups.GetValueOrDefault(name), group);
        }

        return made;
    }

    private static void Drop<T>(IDictionary<string, T> from, ICollection<string> keep)
    {
        foreach (var name in from.Keys.Except(keep).ToArray())
        {
            from.Remove(name);
        }
    }

    private static Dictionary<string, Element> Flat(ConfigGroup root)
    {
        var found = new Dictionary<string, Element>(StringComparer.Ordinal);
        Visit("/Channel", root);
        return found;

        void Visit(string path, ConfigGroup group)
        {
            found[$"[Group]  {path}"] = new Element(group.Version, group.ModPolicy, path);
            foreach (var (name, value) in group.Values)
            {
                found[$"[Value]  {path}/{name}"] = new Element(value.Version, value.ModPolicy, path);
            }

            foreach (var (name, policy) in group.Policies)
            {
                found[$"[Policy] {path}/{name}"] = new Element(policy.Version, policy.ModPolicy, path);
            }

            foreach (var (name, below) in group.Groups)
            {
                Visit($"{path}/{name}", below);
            }
        }
    }

    private static void Demand(bool holds, string words)
    {
        if (!holds)
        {
            throw new StandInRefusal(Status.BadRequest, words);
        }
    }

    private sealed record Element(ulong Version, string ModPolicy, string Group);
}

/// <summary>A signature, whom it claims to be of, and what it is over.</summary>
internal sealed record Signature(SigningIdentity Claimed, byte[] Over, byte[] Value)
{
    public static Signature OfUpdate(ConfigSignature signature, ByteString update) =>
        new(Creator(signature.SignatureHeader), [.. signature.SignatureHeader.Span, .. update.Span], signature.Signature.ToByteArray());

    public static Signature OfEnvelope(Envelope envelope) =>
        new(Creator(Payload.Parser.ParseFrom(envelope.Payload).Header.SignatureHeader), envelope.Payload.ToByteArray(), envelope.Signature.ToByteArray());

    /// <summary>Who signed; null when the signature is wrong, high-S or a stranger's, which Fabric passes over without a word.</summary>
    public Signer? Holder(ChannelConfiguration channel)
    {
        using var certificate = Claimed.ReadCertificate();
        using var key = System.Security.Cryptography.X509Certificates.ECDsaCertificateExtensions.GetECDsaPublicKey(certificate)!;
        return key.VerifyData(Over, Value, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence) && Ecdsa.IsLowS(Value, key)
            ? channel.Msp(Claimed.MspId)?.Check(Claimed, new DateTimeOffset(certificate.NotBefore.ToUniversalTime()).AddSeconds(1)).Signer
            : null;
    }

    private static SigningIdentity Creator(ByteString header)
    {
        var identity = SerializedIdentity.Parser.ParseFrom(SignatureHeader.Parser.ParseFrom(header).Creator);
        return new SigningIdentity(identity.Mspid, identity.IdBytes.ToStringUtf8());
    }
}
