using Guildhall.Console.Shared;
using Guildhall.Memberships;
using Guildhall.Services;

namespace Guildhall.Console.Services;

public sealed record ServicesModel(IReadOnlyList<ServiceView> Services, int Limit);

/// <param name="Invitation">The invitation that the service is created for; null for a consortium's or a private one of its own.</param>
/// <param name="Call">The request that the form as it stands would be.</param>
public sealed record NewServiceModel(InvitationView? Invitation, IReadOnlyDictionary<string, string> Typed, ApiCall Call, Refusal? Refusal);

public sealed record ServiceModel(ServiceView View, EditionLimits Limits, Refusal? Refusal);

public sealed record DeleteServiceModel(ServiceView View, Refusal? Refusal);

public sealed record ChannelModel(ServiceView View, Channel Channel, Refusal? Refusal);
