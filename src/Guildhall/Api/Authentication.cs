using Guildhall.Identity;
using Guildhall.Memberships;
using Microsoft.AspNetCore.Http.Features;

namespace Guildhall.Api;

/// <summary>Marks the endpoints of a project: who calls is known, and the path's project is the caller's own, before they run.</summary>
internal sealed class ProjectScoped;

/// <summary>Lets a request pass to a <see cref="ProjectScoped"/> endpoint, or turns it down.</summary>
internal sealed class Authentication(RequestDelegate next, Doors doors, AccountRates rates)
{
    public async Task InvokeAsync(HttpContext context)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<ProjectScoped>() is null)
        {
            await next(context);
            return;
        }

        if ((await AdmitAsync(context)).IsRefused(out var refusal, out var caller))
        {
            await refusal.ToResponse().ExecuteAsync(context);
            return;
        }

        context.Features.Set(caller);
        await next(context);
    }

    /// <summary>Who sends the request, by either door, unless its account asks for too much.</summary>
    public static ValueTask<Result<Principal>> AuthenticateAsync(Doors doors, AccountRates rates, HttpContext context) =>
        AuthenticateAsync(doors, rates, context, CredentialsOf(context));

    /// <summary>As the other one, by credentials that are not in the request's headers, such as a session's.</summary>
    public static async ValueTask<Result<Principal>> AuthenticateAsync(Doors doors, AccountRates rates, HttpContext context, Credentials credentials)
    {
        if ((await doors.AuthenticateAsync(credentials, context.RequestAborted)).IsRefused(out var refusal, out var principal))
        {
            return await PaceAsync(context, refusal);
        }

        if (Throttle(context, rates, principal) is { } throttled)
        {
            return await PaceAsync(context, throttled);
        }

        return principal;
    }

    /// <summary>What the request carries to say who sends it.</summary>
    public static Credentials CredentialsOf(HttpContext context)
    {
        // The raw target: what was signed is what was sent, before any decoding of ours. A proxy may have put the host before it.
        var target = context.Features.Get<IHttpRequestFeature>()!.RawTarget;
        if (!target.StartsWith('/') && Uri.TryCreate(target, UriKind.Absolute, out var whole))
        {
            target = whole.PathAndQuery;
        }

        var query = target.IndexOf('?');
        return new Credentials(
            context.Request.Method,
            query < 0 ? target : target[..query],
            query < 0 ? "" : target[(query + 1)..],
            context.Request.Headers,
            () => RequestBody.ReadAsync(context),
            NetworkPrefix.Of(context.Connection.RemoteIpAddress));
    }

    /// <summary>From where somebody signs in. While it waits for its turn, the request's place is others'.</summary>
    /// <remarks>Where no place is free afterwards, it goes on without: it is nearly done, and there are no more of those than passwords that were just hashed.</remarks>
    public static Origin OriginOf(HttpContext context) =>
        new(NetworkPrefix.Of(context.Connection.RemoteIpAddress), context.Features.GetRequiredFeature<Visit>().Place.TryStepAsideAsync);

    private async ValueTask<Result<Caller>> AdmitAsync(HttpContext context)
    {
        var project = context.GetRouteValue("project_id") as string ?? "";
        if (project == "{project_id}")
        {
            return Refusal.ProjectPlaceholder.Because("the path still holds the literal {project_id}; put the id of your project there");
        }

        if ((await AuthenticateAsync(doors, rates, context)).IsRefused(out var refusal, out var principal))
        {
            return refusal;
        }

        if ((await doors.EnterAsync(principal, project, context.RequestAborted)).IsRefused(out refusal, out var caller))
        {
            return refusal;
        }

        return caller.Role == Role.Reader && !HttpMethods.IsGet(context.Request.Method)
            ? Refusal.RoleForbidden.Because($"user {caller.UserName} is a reader and may only read")
            : caller;
    }

    /// <summary>Whoever is refused for what it is waits for that at nobody's cost.</summary>
    private static async Task<Refusal> PaceAsync(HttpContext context, Refusal refusal)
    {
        context.Features.GetRequiredFeature<Visit>().Place.Leave();
        await context.RequestServices.GetRequiredService<RefusalPace>().WaitAsync(context.RequestAborted);
        return refusal;
    }

    /// <summary>Whether the caller's account asks too often, or for too much at once.</summary>
    private static Refusal? Throttle(HttpContext context, AccountRates rates, Principal principal)
    {
        if (rates.Take(principal.AccountId) is var wait && wait > TimeSpan.Zero)
        {
            var refusal = Refusal.TooManyRequests.Because(
                $"account {principal.AccountName} may send {rates.PerSecond} requests per second; try again in {Math.Ceiling(wait.TotalSeconds)} s");
            return refusal with { RetryAfter = wait };
        }

        var place = context.Features.GetRequiredFeature<Visit>().Place;
        return place.TryTakeFor(principal.AccountId)
            ? null
            : Refusal.TooManyAtOnce.Because($"{place.Gate.PlacesPerAccount} requests of account {principal.AccountName} are at work");
    }
}
