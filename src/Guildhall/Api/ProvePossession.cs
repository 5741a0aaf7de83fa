using System.Buffers.Text;
using Guildhall.Identity;
using Guildhall.Memberships;
using Microsoft.AspNetCore.Mvc;

namespace Guildhall.Api;

/// <summary>ProvePossession, Guildhall's own: the signature of a challenge is handed in, as <c>guildhall sign</c> has written it.</summary>
internal static class ProvePossession
{
    private const int MaxPemLength = 16 * 1024;

    /// <summary>In base64; one by a key of P-256 has about a hundred characters.</summary>
    private const int MaxSignatureLength = 1024;

    public static void MapProvePossession(this IEndpointRouteBuilder api) =>
        api.MapPost("blockchains/{blockchain_id}/network/possession", HandleAsync).WithName("ProvePossession");

    private static async Task<IResult> HandleAsync(
        [FromRoute(Name = "blockchain_id")] string serviceId, Fields body, Caller caller, PossessionManagement possession, CancellationToken cancellationToken)
    {
        var (organization, certificate, signature) = Read(body);
        return body.Refusal is { } malformed ? malformed.ToResponse()
            : (await possession.ProveAsync(caller, serviceId, organization, certificate, signature, cancellationToken)).ToResponse();
    }

    internal static (string Organization, string Certificate, byte[] Signature) Read(Fields body) =>
        (body.Name("organization"), body.Document("certificate", MaxPemLength), ReadSignature(body));

    private static byte[] ReadSignature(Fields body)
    {
        var text = body.Document("signature", MaxSignatureLength);
        if (Base64.IsValid(text))
        {
            return Convert.FromBase64String(text);
        }

        body.Refuse(Refusal.ParameterInvalid.Because("signature is not in base64"));
        return [];
    }
}
