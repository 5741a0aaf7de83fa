using Guildhall.Identity;

namespace Guildhall.Api.Keystone;

/// <summary>DeletePermanentAccessKey: ends a key at once.</summary>
internal static class DeleteAccessKey
{
    public static void MapDeleteAccessKey(this IEndpointRouteBuilder keys) =>
        keys.MapDelete("{access_key}", HandleAsync).WithName("DeletePermanentAccessKey");

    private static async Task<IResult> HandleAsync(HttpContext context, Doors doors, AccessKeys accessKeys, CancellationToken cancellationToken)
    {
        if ((await doors.AuthenticateAsync(context)).IsRefused(out var refusal, out var principal))
        {
            return refusal.ToIamResponse();
        }

        var deleted = await accessKeys.DeleteAsync(Owner.Of(principal), (string)context.GetRouteValue("access_key")!, cancellationToken);
        return deleted.IsRefused(out refusal) ? refusal.ToIamResponse() : TypedResults.NoContent();
    }
}
