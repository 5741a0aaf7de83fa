using System.Collections.Immutable;
using Guildhall.Api.Wire;
using Guildhall.Identity;
using Guildhall.Memberships;
using Guildhall.Networks;
using Microsoft.AspNetCore.Mvc;

namespace Guildhall.Api;

/// <summary>AttachNetwork, Guildhall's own: says what a service is on its Fabric network. All of it is looked at first.</summary>
internal static class AttachNetwork
{
    /// <summary>The longest text of a request, in characters.</summary>
    internal const int MaxProfileLength = 512 * 1024;
    private const int MaxFileLength = 128 * 1024;
    private const int MaxPemLength = 16 * 1024;

    public static void MapAttachNetwork(this IEndpointRouteBuilder api) =>
        api.MapPut("blockchains/{blockchain_id}/network", HandleAsync).WithName("AttachNetwork");

    private static async Task<IResult> HandleAsync(
        [FromRoute(Name = "blockchain_id")] string serviceId,
        Fields body,
        Query query,
        Caller caller,
        NetworkManagement networks,
        RequestLooks looks,
        CancellationToken cancellationToken)
    {
        var onlyCheck = query.Flag("check");
        var request = Read(body);
        if ((body.Refusal ?? query.Refusal) is { } malformed)
        {
            return malformed.ToResponse();
        }

        if ((await networks.AttachAsync(caller, serviceId, request, onlyCheck, progress: null, looks, cancellationToken)).IsRefused(out var refusal, out var report))
        {
            return refusal.ToResponse();
        }

        return report.IsGood || onlyCheck
            ? Answers.Ok(new NetworkAttached(report.IsGood && !onlyCheck, NetworkFinding.Of(report)), Answers.Json.NetworkAttached)
            : Refusal.AttachmentUnfit.Because(string.Join("; ", report.Failures.Select(check => $"{check.Subject}: {check.Words}"))).ToResponse();
    }

    internal static AttachmentRequest Read(Fields body) =>
        new(body.Document("profile", MaxProfileLength), body.List("organizations", ReadOrganization))
        {
            Automatic = body.OptionalObject<ImmutableArray<AutomaticChannel>?>("automatic_signatures", said => SetAutomaticSignatures.Read(said)),
        };

    private static OrganizationFiles ReadOrganization(Fields organization) => new(
        organization.Name("name"),
        organization.Name("msp_id"),
        organization.Map("msp", (files, path) => files.OptionalDocument(path, MaxFileLength) ?? ""),
        organization.OptionalObject("administrator", ReadIdentity),
        organization.OptionalObject("client", ReadIdentity));

    private static GivenIdentity ReadIdentity(Fields identity)
    {
        var (key, keyName) = (identity.OptionalDocument("key", MaxPemLength), identity.OptionalText("key_name"));
        if ((key is null) == (keyName is null))
        {
            identity.Refuse(Refusal.ParameterMissing.Because($"{identity.PathOf("key")} or {identity.PathOf("key_name")} is required, and not both"));
        }

        if (keyName is not null && !GivenIdentity.IsKeyName(keyName))
        {
            identity.Refuse(Refusal.ParameterInvalid.Because($"{identity.PathOf("key_name")} {GivenIdentity.KeyNameRule}"));
        }

        return new GivenIdentity(identity.Document("certificate", MaxPemLength), key, keyName)
        {
            Tls = identity.OptionalObject("tls", tls => new GivenTlsCertificate(tls.Document("certificate", MaxPemLength), tls.Document("key", MaxPemLength))),
        };
    }
}
