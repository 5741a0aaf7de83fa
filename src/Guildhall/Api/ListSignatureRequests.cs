using Guildhall.Api.Wire;
using Guildhall.Identity;
using Guildhall.Networks;

namespace Guildhall.Api;

/// <summary>ListSignatureRequests, Guildhall's own: the changes of channels that organizations of the caller's project are asked to sign.</summary>
internal static class ListSignatureRequests
{
    public static void MapListSignatureRequests(this IEndpointRouteBuilder api) =>
        api.MapGet("signature-requests", HandleAsync).WithName("ListSignatureRequests");

    private static async Task<IResult> HandleAsync(Caller caller, SignatureManagement signatures, CancellationToken cancellationToken)
    {
        var requests = await signatures.ListAsync(caller, cancellationToken);
        return Answers.Ok(new SignatureRequestList(requests.Count, requests.ConvertAll(ToWire)), Answers.Json.SignatureRequestList);
    }

    internal static SignatureRequestItem ToWire(SignatureRequest request) => new(
        request.Id, request.ChannelName, request.OperationId, request.MspId, request.State.ToString().ToLowerInvariant(), request.Round, request.Reason, request.AskedAt.ToWire(), request.AnsweredAt?.ToWire());
}
