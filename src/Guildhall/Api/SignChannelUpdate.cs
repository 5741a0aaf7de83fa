using Guildhall.Fabric;
using Guildhall.Identity;
using Guildhall.Memberships;
using Microsoft.AspNetCore.Mvc;

namespace Guildhall.Api;

/// <summary>SignChannelUpdate, Guildhall's own: an administrator's signature, given on a machine of its own, is handed in; or the key that is kept here is told to sign.</summary>
internal static class SignChannelUpdate
{
    /// <summary>The most characters of a signature in base64; one with its certificate has about two thousand.</summary>
    private const int MaxLength = 32 * 1024;

    /// <summary>Of a SHA-256 in hex.</summary>
    private const int DigestLength = 64;

    public static void MapSignChannelUpdate(this IEndpointRouteBuilder api) =>
        api.MapPost("signature-requests/{request_id}/signature", HandleAsync).WithName("SignChannelUpdate");

    private static async Task<IResult> HandleAsync(
        [FromRoute(Name = "request_id")] string id, Fields body, Caller caller, SignatureManagement signatures, CancellationToken cancellationToken)
    {
        var usesKeptKey = body.OptionalFlag("kept_key") == true;
        var digest = usesKeptKey ? body.OptionalText("digest", DigestLength) : null;
        if (usesKeptKey && digest is null)
        {
            body.Refuse(Refusal.ParameterMissing.Because("digest is required with kept_key: that of the update that the request shows"));
        }

        var signature = usesKeptKey ? null : Read(body);
        return body.Refusal is { } malformed ? malformed.ToResponse()
            : usesKeptKey ? (await signatures.ApproveAsync(caller, id, digest!, cancellationToken)).ToResponse()
            : (await signatures.SignAsync(caller, id, signature!, cancellationToken)).ToResponse();
    }

    private static UpdateSignature? Read(Fields body)
    {
        if (body.OptionalText("signature", MaxLength) is not { } text)
        {
            if (body.Refusal is null)
            {
                body.Refuse(Refusal.ParameterMissing.Because("signature is required: the text that guildhall sign wrote; or kept_key with the digest, where a key is kept here"));
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
