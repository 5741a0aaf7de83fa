using Guildhall.Identity;

namespace Guildhall.Api.Keystone;

/// <summary>KeystoneRevokeToken: ends a token at once.</summary>
internal static class RevokeToken
{
    public static void MapRevokeToken(this IEndpointRouteBuilder api) =>
        api.MapDelete("auth/tokens", HandleAsync).WithName("KeystoneRevokeToken");

    private static async Task<IResult> HandleAsync(HttpContext context, Doors doors, Logins logins, CancellationToken cancellationToken)
    {
        if ((await doors.AuthenticateAsync(context)).IsRefused(out var refusal, out var principal)
            || ShowToken.SubjectOf(context).IsRefused(out refusal, out var subject)
            || (await logins.RevokeAsync(principal, subject, cancellationToken)).IsRefused(out refusal))
        {
            return refusal.ToIamResponse();
        }

        return TypedResults.NoContent();
    }
}
