using Guildhall.Api.Wire;
using Guildhall.Identity;
using Microsoft.AspNetCore.Mvc;

namespace Guildhall.Api;

/// <summary>ChallengePossession, Guildhall's own: what an administrator of an attached organization has to sign, as the file that <c>guildhall sign</c> takes.</summary>
internal static class ChallengePossession
{
    public static void MapChallengePossession(this IEndpointRouteBuilder api) =>
        api.MapPost("blockchains/{blockchain_id}/network/challenge", HandleAsync).WithName("ChallengePossession");

    private static async Task<IResult> HandleAsync(
        [FromRoute(Name = "blockchain_id")] string serviceId, Fields body, Caller caller, PossessionManagement possession, CancellationToken cancellationToken)
    {
        var organization = body.Name("organization");
        return body.Refusal is { } malformed ? malformed.ToResponse()
            : (await possession.ChallengeAsync(caller, serviceId, organization, cancellationToken)).IsRefused(out var refusal, out var challenge) ? refusal.ToResponse()
            : Answers.Ok(NetworkChallenge.Of(challenge), Answers.Json.NetworkChallenge);
    }
}
