using System.Collections.Immutable;

namespace Guildhall.Fabric;

/// <summary>Who must sign an update, and by which policies.</summary>
public sealed class SignaturePlan
{
    private readonly ChannelConfiguration channel;

    private SignaturePlan(ChannelConfiguration channel, ImmutableArray<RequiredPolicy> policies) => (this.channel, Policies) = (channel, policies);

    /// <summary>Each policy that must agree, with what of the update it guards.</summary>
    public ImmutableArray<RequiredPolicy> Policies { get; }

    /// <param name="current">The configuration as it is before the change: those in it decide, also one that is to leave.</param>
    public static SignaturePlan For(PreparedUpdate update, ChannelConfiguration current) =>
        new(current, [.. ChangedElements.Of(update, current)
            .Where(element => element.Policy is not null)
            .GroupBy(element => element.Policy!, element => element.Name)
            .Select(group => new RequiredPolicy(group.Key, PolicyReader.Read(current, group.Key), [.. group]))]);

    /// <summary>What is missing when these have signed.</summary>
    public MissingSignatures After(IEnumerable<Signer> signers) => Missing.Of(Policies.Select(policy => policy.Rule), Distinct(signers));

    /// <summary>Whether one more signature would bring it nearer, after those that are there. One that repeats an organization's usually does not.</summary>
    public bool WouldHelp(Signer signer, IEnumerable<Signer> signers)
    {
        Signer[] before = Distinct(signers);
        var (without, with) = (After(before), After([.. before, signer]));
        return !without.IsComplete && (with.IsComplete || with.Words != without.Words);
    }

    /// <summary>Whether this one may submit updates to the channel, whoever signed them (/Channel/Writers).</summary>
    public bool MaySubmit(Signer signer) => PolicyReader.Read(channel, "/Channel/Writers").IsMetBy([signer]);

    /// <summary>One identity counts once, however often it signs.</summary>
    private static Signer[] Distinct(IEnumerable<Signer> signers) => [.. signers.DistinctBy(signer => (signer.MspId, signer.CertificatePem.Trim()))];
}

/// <param name="Path">Such as /Channel/Application/Admins.</param>
/// <param name="Guards">The changed elements that it decides about.</param>
public sealed record RequiredPolicy(string Path, PolicyRule Rule, ImmutableArray<string> Guards);
