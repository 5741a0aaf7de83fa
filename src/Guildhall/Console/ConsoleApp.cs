using Guildhall.Memberships;
using Guildhall.Storage;

namespace Guildhall.Console;

/// <summary>The web console under <c>/console</c>: one endpoint, and everything behind it is made when it is first asked for.</summary>
internal sealed partial class ConsoleApp
{
    public const string Root = "/console";

    private static readonly string[] Methods = [HttpMethods.Get, HttpMethods.Head, HttpMethods.Post];

    public static void Map(IEndpointRouteBuilder app) => app.MapMethods(Root + "/{**path}", Methods, HandleAsync);

    private static async Task HandleAsync(HttpContext context)
    {
        if (Asset.Find(context.Request) is { } asset)
        {
            await asset.SendAsync(context);
            return;
        }

        PageHeaders.Set(context);
        var request = await ConsoleRequest.OpenAsync(context);
        try
        {
            await (await AnswerAsync(request)).ExecuteAsync(context);
        }
        catch (Exception exception) when (!context.Response.HasStarted && !context.RequestAborted.IsCancellationRequested)
        {
            await Fail(request, exception).ExecuteAsync(context);
        }
    }

    private static async Task<IResult> AnswerAsync(ConsoleRequest request)
    {
        if (request.Refusal is { } refused)
        {
            return request.Refuse(refused);
        }

        if (FindRoute(request) is not { } route)
        {
            return request.IsSignedIn ? request.NotFound() : request.AskToSignIn();
        }

        if (await request.WhyNotAsync(route.Access) is { } elsewhere)
        {
            return elsewhere;
        }

        if (request.Method == HttpMethods.Post && await Forms.WhyNotAsync(request, route.Changes) is { } forged)
        {
            return forged;
        }

        return await route.RunAsync(request);
    }

    private static ConsoleRoute? FindRoute(ConsoleRequest request) =>
        request.Path is ["bar", .. var rest] && request.Method == HttpMethods.Post
            ? request.Context.RequestServices.GetService<ConsoleBar>()?.Find(rest)
            : ConsoleRoutes.Find(request.Method, request.Path);

    private static IResult Fail(ConsoleRequest request, Exception exception)
    {
        var services = request.Context.RequestServices;
        var store = services.GetRequiredService<Store>();
        Failed(services.GetRequiredService<ILogger<ConsoleApp>>(), exception);
        request.Context.Response.Clear();
        PageHeaders.Set(request.Context);
        return request.Refuse(store.IsPassing(exception) ? Refusal.Busy : Refusal.Internal);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A page of the console failed.")]
    private static partial void Failed(ILogger log, Exception exception);
}
