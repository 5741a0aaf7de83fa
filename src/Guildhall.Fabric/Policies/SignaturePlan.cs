using System.Collections.Immutable;

namespace Guildhall.Fabric;

/// <summary>Who must sign an update, and by which policies. Safe for concurrent use.</summary>
public sealed class SignaturePlan
{
    private readonly PolicyRule writers;
    private readonly PolicyRule[] rules;

    private SignaturePlan(ImmutableArray<RequiredPolicy> policies, PolicyRule writers)
    {
        (Policies, this.writers) = (policies, writers);
        rules = [.. policies.Select(policy => policy.Rule)];
    }

    /// <summary>Each policy that must agree, with what of the update it guards.</summary>
    public ImmutableArray<RequiredPolicy> Policies { get; }

    /// <param name="current">The configuration as it is before the change: those in it decide, also one that is to leave.</param>
    /// <exception cref="FabricException">A policy cannot be read, or together they are larger than anybody's.</exception>
    public static SignaturePlan For(PreparedUpdate update, ChannelConfiguration current) =>
        new(
            [.. ChangedElements.Of(update, current)
                .Where(element => element.Policy is not null)
                .GroupBy(element => element.Policy!, element => element.Name)
                .Select(group => new RequiredPolicy(group.Key, current.Policies.Read(group.Key), [.. group]))],
            current.Policies.Read("/Channel/Writers"));

    /// <summary>What is missing when these have signed. It costs what it is worth: docs/fabric.md says what is exact and what is not.</summary>
    /// <exception cref="FabricException">The policies are too large to be gone through with so many signers.</exception>
    public MissingSignatures After(IEnumerable<Signer> signers, CancellationToken cancellationToken = default)
    {
        Signer[] present = Distinct(signers);
        return Asked(() => Missing.Of(rules, present, cancellationToken));
    }

    /// <summary>Whether these are enough.</summary>
    public bool IsMetBy(IEnumerable<Signer> signers, CancellationToken cancellationToken = default)
    {
        Signer[] present = Distinct(signers);
        return Asked(() =>
        {
            var evaluation = new Evaluation(present, [], new Budget(Evaluation.MaxSteps, cancellationToken));
            return rules.All(evaluation.Meets);
        });
    }

    /// <summary>Whether these, and whoever else may sign, could be enough without some organizations.</summary>
    public bool CanBeMetWithout(IReadOnlySet<string> mspIds, IEnumerable<Signer> signers, CancellationToken cancellationToken = default)
    {
        Signer[] present = Distinct(signers);
        return Asked(() => Search.CanBeMet(rules, present, who => !mspIds.Contains(who.MspId), new Budget(Evaluation.MaxSteps, cancellationToken)));
    }

    /// <summary>Whether one more signature would bring it nearer, after those that are there. One that repeats an organization's usually does not.</summary>
    public bool WouldHelp(Signer signer, IEnumerable<Signer> signers)
    {
        Signer[] before = Distinct(signers);
        Signer[] after = Distinct([.. before, signer]);
        return Asked(() =>
        {
            var budget = new Budget(Evaluation.MaxSteps, CancellationToken.None);
            var (without, with) = (new Evaluation(before, [], budget), new Evaluation(after, [], budget));
            return rules.Any(rule => without.Rest(rule) is { } open && !open.Equals(with.Rest(rule)));
        });
    }

    /// <summary>Whether this one may submit updates to the channel, whoever signed them (/Channel/Writers).</summary>
    public bool MaySubmit(Signer signer) => Asked(() => writers.IsMetBy([signer]));

    /// <summary>One identity counts once, however often it signs.</summary>
    private static Signer[] Distinct(IEnumerable<Signer> signers) => [.. signers.DistinctBy(signer => (signer.MspId, signer.CertificatePem.Trim()))];

    private static T Asked<T>(Func<T> answer)
    {
        try
        {
            return answer();
        }
        catch (BudgetSpentException)
        {
            throw new FabricException(FabricStep.Prepare, FabricErrorKind.TooLarge, "The channel's policies are too large to be gone through: who has to sign cannot be told.");
        }
    }
}

/// <param name="Path">Such as /Channel/Application/Admins.</param>
/// <param name="Guards">The changed elements that it decides about.</param>
public sealed record RequiredPolicy(string Path, PolicyRule Rule, ImmutableArray<string> Guards);
