using Guildhall.Memberships;

namespace Guildhall.Services;

/// <summary>Who may invite whom; the reference's documented rules and ours where it is silent.</summary>
public static class InvitingRules
{
    /// <summary>Why the service cannot invite anyone; null when it can.</summary>
    public static Refusal? WhyNot(Service service) => service switch
    {
        { Traits.BlockchainType: not Traits.Union } => Refusal.NotConsortium.Because($"{service.Name} is {service.Traits.BlockchainType}"),
        { Traits.Edition: Edition.Basic } => Refusal.EditionCannotInvite.Because($"{service.Name} is basic"),
        { IsInvitee: true } => Refusal.NotCreator.Because($"{service.Name} was created as an invitee"),
        _ => null,
    };

    /// <summary>Why the account cannot be invited; null when it can.</summary>
    /// <param name="accounts">The enabled accounts among the invited names.</param>
    /// <param name="standing">The account's current membership of the channel.</param>
    public static Refusal? WhyNot(string inviterAccountId, string name, IReadOnlyDictionary<string, Account> accounts, Membership? standing)
    {
        if (!accounts.TryGetValue(name, out var account))
        {
            return Refusal.InviteeUnknown.Because(Refusal.Quote(name));
        }

        if (account.Id == inviterAccountId)
        {
            return Refusal.InviteeIsInviter.Because(name);
        }

        return standing is { } membership && membership.State.IsOpen()
            ? Refusal.AlreadyInvited.Because($"{name} is {membership.State.ToWire()} in channel {membership.ChannelName}")
            : null;
    }
}

/// <summary>An account as inviting needs it.</summary>
public sealed record Account(string Id, string Name);
