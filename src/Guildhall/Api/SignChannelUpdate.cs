using Guildhall.Fabric;
using Guildhall.Identity;
using Guildhall.Memberships;
using Microsoft.AspNetCore.Mvc;

namespace Guildhall.Api;

/// <summary>SignChannelUpdate, Guildhall's own: an administrator's signature, given on a machine of its own, is handed in.</summary>
internal static class SignChannelUpdate
{
    /// <summary>The most characters of a signature in base64; one with its certificate has about two thousand.</summary>
    private const int MaxLength = 32 * 1024;

    public static void MapSignChannelUpdate(this IEndpointRouteBuilder api) =>
        api.MapPost("signature-requests/{request_id}/signature", HandleAsync).WithName("SignChannelUpdate");

    private static async Task<IResult> HandleAsync(
        [FromRoute(Name = "request_id")] string id, Fields body, Caller caller, SignatureManagement signatures, CancellationToken cancellationToken)
    {
        var signature = Read(body);
        return body.Refusal is { } malformed
            ? malformed.ToResponse()
            : (await signatures.SignAsync(caller, id, signature!, cancellationToken)).ToResponse();
    }

    private static UpdateSignature? Read(Fields body)
    {
        if (body.OptionalText("signature", MaxLength) is not { } text)
        {
            if (body.Refusal is null)
            {
                body.Refuse(Refusal.ParameterMissing.Because("signature is required: the text that guildhall sign wrote"));
            }

            return null;
        }

        try
        {
            return UpdateSignature.FromBytes(Convert.FromBase64String(text));
        }
        catch (Exception exception) when (exception is FormatException or FabricException)
        {
            body.Refuse(Refusal.ParameterInvalid.Because("signature is not a common.ConfigSignature of Fabric in base64"));
            return null;
        }
    }
}
