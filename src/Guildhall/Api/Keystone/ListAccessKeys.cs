using Guildhall.Identity;

namespace Guildhall.Api.Keystone;

/// <summary>ListPermanentAccessKeys: a user's keys without their secrets; the caller's own, unless <c>user_id</c> names another.</summary>
internal static class ListAccessKeys
{
    public static void MapListAccessKeys(this IEndpointRouteBuilder keys) =>
        keys.MapGet("", HandleAsync).WithName("ListPermanentAccessKeys");

    private static async Task<IResult> HandleAsync(
        HttpContext context, Query query, Doors doors, AccessKeys accessKeys, CancellationToken cancellationToken)
    {
        if ((await doors.AuthenticateAsync(context)).IsRefused(out var refusal, out var principal))
        {
            return refusal.ToIamResponse();
        }

        var userId = query.Text("user_id") ?? principal.UserId;
        if (query.Refusal is { } malformed)
        {
            return malformed.ToIamResponse();
        }

        var found = await accessKeys.ListAsync(Owner.Of(principal), userId, cancellationToken);
        return found.IsRefused(out refusal, out var keys)
            ? refusal.ToIamResponse()
            : IamAnswers.Ok(new CredentialList([.. keys.Select(key => CreateAccessKey.ShapeOf(key))]), IamAnswers.Json.CredentialList);
    }
}
