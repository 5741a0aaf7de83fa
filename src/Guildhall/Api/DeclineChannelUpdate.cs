using Guildhall.Identity;
using Guildhall.Memberships;
using Microsoft.AspNetCore.Mvc;

namespace Guildhall.Api;

/// <summary>DeclineChannelUpdate, Guildhall's own: an organization will not sign, and says why.</summary>
internal static class DeclineChannelUpdate
{
    public static void MapDeclineChannelUpdate(this IEndpointRouteBuilder api) =>
        api.MapPost("signature-requests/{request_id}/decline", HandleAsync).WithName("DeclineChannelUpdate");

    private static async Task<IResult> HandleAsync(
        [FromRoute(Name = "request_id")] string id, Fields body, Caller caller, SignatureManagement signatures, CancellationToken cancellationToken)
    {
        var reason = ReadReason(body);
        return body.Refusal is { } malformed
            ? malformed.ToResponse()
            : (await signatures.DeclineAsync(caller, id, reason, cancellationToken)).ToResponse();
    }

    internal static string ReadReason(Fields body)
    {
        var reason = body.OptionalText("reason", SignatureManagement.MaxReasonLength);
        if (string.IsNullOrWhiteSpace(reason) && body.Refusal is null)
        {
            body.Refuse(Refusal.ParameterMissing.Because("reason is required: the others will read it"));
        }

        return reason ?? "";
    }
}
