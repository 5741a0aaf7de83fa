using System.Collections.Immutable;
using Guildhall.Console.Shared;
using Guildhall.Memberships;
using Guildhall.Networks;
using Guildhall.Services;
using Guildhall.Storage;

namespace Guildhall.Console.Services;

public sealed record ServicesModel(IReadOnlyList<ServiceOverview> Services, int Limit);

/// <param name="Invitation">The invitation that the service is created for; null for a consortium's or a private one of its own.</param>
/// <param name="Call">The request that the form as it stands would be.</param>
public sealed record NewServiceModel(InvitationView? Invitation, IReadOnlyDictionary<string, string> Typed, ApiCall Call, Refusal? Refusal);

/// <param name="Members">Counted, by the channel.</param>
public sealed record ServiceModel(ServiceView View, IReadOnlyDictionary<string, MemberCounts> Members, EditionLimits Limits, Refusal? Refusal);

/// <param name="ChangesChannels">Whether what is attached takes effect on this server.</param>
/// <param name="Typed">What was typed into the form. Files and keys are not shown again.</param>
/// <param name="Report">What was found just now; null when nothing was looked at.</param>
public sealed record NetworkModel(
    Service Service, Attachment? Attachment, bool ChangesChannels, IReadOnlyDictionary<string, string> Typed, AttachmentReport? Report, bool IsAttachedNow, Refusal? Refusal)
{
    /// <summary>What its keys sign without being asked, and which chains its channels are.</summary>
    public required AttachedSigning Signing { get; init; }

    /// <summary>What administrators of its organizations are to sign, as far as it was asked for.</summary>
    public ImmutableArray<PossessionChallenge> Challenges { get; init; } = [];
}

public sealed record DetachModel(ServiceOverview Service, Attachment Attachment, AutomaticSignatures Automatic, Refusal? Refusal);

/// <param name="First">The first members of each channel.</param>
public sealed record DeleteServiceModel(ServiceOverview Service, IReadOnlyList<Membership> First, Refusal? Refusal);

public sealed record ChannelModel(ChannelOverview View, Refusal? Refusal);
