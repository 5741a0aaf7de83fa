using System.Globalization;
using Guildhall.Api.Wire;
using Guildhall.Identity;
using Guildhall.Networks;
using Microsoft.AspNetCore.Mvc;

namespace Guildhall.Api;

/// <summary>ShowSignatureRequest, Guildhall's own: the update that is to be signed, who has signed it, and who could finish it.</summary>
internal static class ShowSignatureRequest
{
    public static void MapShowSignatureRequest(this IEndpointRouteBuilder api) =>
        api.MapGet("signature-requests/{request_id}", HandleAsync).WithName("ShowSignatureRequest");

    private static async Task<IResult> HandleAsync(
        [FromRoute(Name = "request_id")] string id, Caller caller, SignatureManagement signatures, CallersClock networks, CancellationToken cancellationToken) =>
        (await signatures.ShowAsync(caller, id, cancellationToken)).IsRefused(out var refusal, out var asked)
            ? refusal.ToResponse()
            : Answers.Ok(ToWire(asked, networks.Time.GetUtcNow(), cancellationToken), Answers.Json.SignatureRequestDetail);

    private static SignatureRequestDetail ToWire(AskedSignature asked, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var enactment = asked.Enactment;
        var missing = asked.MissingAt(now, cancellationToken);
        return new SignatureRequestDetail(
            ListSignatureRequests.ToWire(asked.Request),
            Convert.ToBase64String([.. enactment.Update.Bytes]),
            enactment.Update.Digest,
            Convert.ToBase64String(enactment.Base.ToBytes()),
            ChangeInWords.Of(enactment.Update, enactment.Base),
            asked.For?.InviterAccount,
            asked.KeepsKey,
            asked.Request.ApprovedDigest == enactment.Update.Digest,
            asked.Request.HeldBack,
            [.. asked.All.Where(enactment.IsSignedBy).Select(one => one.MspId)],
            missing.Words,
            [.. missing.SmallestSets.Select(set => set.Select(signer => signer.ToString()).ToArray())],
            missing.AreAllListed,
            missing.SetCount?.ToString(CultureInfo.InvariantCulture),
            missing.IsSmallest);
    }
}
