using Guildhall.Console.Shared;
using Guildhall.Memberships;
using Guildhall.Networks;
using Guildhall.Services;

namespace Guildhall.Console.Services;

public sealed record ServicesModel(IReadOnlyList<ServiceView> Services, int Limit);

/// <param name="Invitation">The invitation that the service is created for; null for a consortium's or a private one of its own.</param>
/// <param name="Call">The request that the form as it stands would be.</param>
public sealed record NewServiceModel(InvitationView? Invitation, IReadOnlyDictionary<string, string> Typed, ApiCall Call, Refusal? Refusal);

public sealed record ServiceModel(ServiceView View, EditionLimits Limits, Refusal? Refusal);

/// <param name="ChangesChannels">Whether what is attached takes effect on this server.</param>
/// <param name="Typed">What was typed into the form. Files and keys are not shown again.</param>
/// <param name="Report">What was found just now; null when nothing was looked at.</param>
public sealed record NetworkModel(
    Service Service, Attachment? Attachment, bool ChangesChannels, IReadOnlyDictionary<string, string> Typed, AttachmentReport? Report, bool IsAttachedNow, Refusal? Refusal);

public sealed record DetachModel(ServiceView View, Attachment Attachment, Refusal? Refusal);

public sealed record DeleteServiceModel(ServiceView View, Refusal? Refusal);

public sealed record ChannelModel(ServiceView View, Channel Channel, Refusal? Refusal);
